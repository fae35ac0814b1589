using System.Security.Cryptography;

namespace FleetChat.LocalRuntime.Invocation;

internal static class RandomIds
{
    /// <summary>Only names an invocation in logs; nothing rests on its being unguessable, so the fast generator serves.</summary>
    public static string NewInvocationId()
    {
        Span<byte> bytes = stackalloc byte[16];
        Random.Shared.NextBytes(bytes);
        return new Guid(bytes).ToString();
    }

    /// <summary>An orchestration's id: 32 hex characters, as the real client makes them. It must not be met by chance, so the system's generator makes it.</summary>
    public static string NewInstanceId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}
