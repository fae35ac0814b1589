namespace FleetChat.Core.Security;

/// <summary>What an API key may do. Stored with the key: the words never change.</summary>
public static class ApiScopes
{
    public const string Read = "read";
    public const string Write = "write";

    public static readonly IReadOnlyList<string> All = [Read, Write];
}
