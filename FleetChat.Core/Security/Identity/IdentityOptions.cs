using System.ComponentModel.DataAnnotations;
using FleetChat.Core.Security.Access;

namespace FleetChat.Core.Security.Identity;

/// <summary>Whose tokens say who somebody is, and who of FleetChat's people has a role of the platform's. Bound from <c>FleetChat:Identity</c>.</summary>
public sealed class IdentityOptions : IValidatableObject
{
    public const string Section = "FleetChat:Identity";

    /// <summary>Without any nobody can sign in, and API keys are all there is.</summary>
    public IssuerOptions[] Issuers { get; set; } = [];

    /// <summary>Here and nowhere else, so that nothing that reaches the database or the API can make an operator.</summary>
    public PlatformPersonOptions[] PlatformPeople { get; set; } = [];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Issuers.DistinctBy(issuer => issuer.Issuer).Count() != Issuers.Length) yield return new($"{Section}:Issuers names an issuer twice.", [nameof(Issuers)]);
        foreach (var issuer in Issuers.Where(issuer => !issuer.IsWhole))
            yield return new($"{Section}:Issuers needs Issuer, Audience, and one of JwksUri and MetadataUri with https (http on loopback alone): see {issuer.Issuer}.", [nameof(Issuers)]);
        foreach (var person in PlatformPeople.Where(person => Issuers.All(issuer => issuer.Issuer != person.Issuer) || person.Subject.Length == 0 || !Roles.OfPlatform.Contains(person.Role)))
            yield return new($"{Section}:PlatformPeople needs one of the issuers, Subject, and Role {string.Join(" or ", Roles.OfPlatform)}: see {person.Subject}.", [nameof(PlatformPeople)]);
    }
}

/// <summary>An OpenID Connect issuer.</summary>
public sealed class IssuerOptions
{
    /// <summary>As <c>iss</c> spells it.</summary>
    public string Issuer { get; set; } = "";

    public string Audience { get; set; } = "";

    /// <summary>Where its keys are.</summary>
    public Uri? JwksUri { get; set; }

    /// <summary>Or where its metadata say so.</summary>
    public Uri? MetadataUri { get; set; }

    internal bool IsWhole => Issuer.Length > 0 && Audience.Length > 0 && JwksUri is null != MetadataUri is null && MayAsk((JwksUri ?? MetadataUri)!);

    /// <summary>Whoever can change keys on their way signs in as anybody.</summary>
    internal static bool MayAsk(Uri address)
        => address.IsAbsoluteUri && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback));
}

/// <summary>One of FleetChat's own people.</summary>
public sealed class PlatformPersonOptions
{
    public string Issuer { get; set; } = "";

    public string Subject { get; set; } = "";

    /// <summary>One of <see cref="Roles.OfPlatform"/>.</summary>
    public string Role { get; set; } = "";
}
