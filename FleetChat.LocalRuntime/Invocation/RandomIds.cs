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
}
