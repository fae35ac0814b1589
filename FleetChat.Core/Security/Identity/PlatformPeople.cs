using Microsoft.Extensions.Options;

namespace FleetChat.Core.Security.Identity;

/// <summary>Who has a role of the platform's, by configuration.</summary>
public sealed class PlatformPeople(IOptions<IdentityOptions> options)
{
    private readonly Dictionary<Person, string> _roles = options.Value.PlatformPeople.ToDictionary(person => new Person(person.Issuer, person.Subject), person => person.Role);

    public string? RoleOf(Person person) => _roles.GetValueOrDefault(person);
}
