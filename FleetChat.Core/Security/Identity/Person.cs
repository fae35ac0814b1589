namespace FleetChat.Core.Security.Identity;

/// <summary>Who somebody is: a subject is one of its issuer's only.</summary>
public sealed record Person(string Issuer, string Subject);

/// <summary>A person as the database knows him: an HMAC under the platform's key.</summary>
public sealed record PersonIndex(byte[] Bytes)
{
    /// <summary>Enough to tell people apart in an audit trail.</summary>
    public string Tag => Convert.ToHexStringLower(Bytes.AsSpan(0, 8));
}

public sealed class PersonIndexes(DataKeys keys)
{
    // THE FORMAT NEVER CHANGES: memberships are found by it.
    public async Task<PersonIndex> OfAsync(Person person, CancellationToken ct)
        => new((await keys.GetPlatformAsync(ct)).BlindIndex("user", $"{person.Issuer}\0{person.Subject}"));
}
