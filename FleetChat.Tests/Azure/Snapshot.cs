using System.Text.Json.Nodes;

namespace FleetChat.Tests.Azure;

/// <summary>What a parameter file would make.</summary>
/// <param name="Said">By the compiler on the way.</param>
internal sealed record Snapshot(string Name, Bicep.Output Said, JsonObject Json)
{
    public IReadOnlyList<Resource> Resources { get; } = [.. (Json["predictedResources"]?.AsArray() ?? []).Select(resource => new Resource(resource!.AsObject()))];

    public string Outputs => Json["outputs"]?.ToJsonString() ?? "";

    public IEnumerable<Resource> OfType(string type) => Resources.Where(resource => resource.Type == type);

    /// <summary>One for each region.</summary>
    public IEnumerable<IReadOnlyDictionary<string, string>> AppSettings
        => OfType("Microsoft.Web/sites/config").Select(settings => (IReadOnlyDictionary<string, string>)settings.Properties.ToDictionary(setting => setting.Key, setting => setting.Value!.GetValue<string>()));

    /// <summary>What the migration jobs are told, one for each region.</summary>
    public IEnumerable<IReadOnlyDictionary<string, string>> JobSettings => JobsThat("migrate").Select(SettingsOf);

    /// <summary>What the jobs that mark a restored database are told, one for each region.</summary>
    public IEnumerable<IReadOnlyDictionary<string, string>> RestoreSettings => JobsThat("restore").Select(SettingsOf);

    /// <param name="verb">The first word of what the package is told to do.</param>
    public IEnumerable<Resource> JobsThat(string verb) => OfType("Microsoft.App/jobs").Where(job => SettingsOf(job)["PACKAGE_ARGUMENTS"].Split(' ')[0] == verb);

    private static IReadOnlyDictionary<string, string> SettingsOf(Resource job)
        => job.Properties["template"]!["containers"]![0]!["env"]!.AsArray().ToDictionary(variable => variable!["name"]!.GetValue<string>(), variable => variable!["value"]!.GetValue<string>());
}

internal sealed record Resource(JsonObject Json)
{
    public string Id => Text("id");

    public string Type => Text("type");

    /// <summary>Of a part of something else it begins with that one's name and a slash.</summary>
    public string Name => Text("name");

    /// <summary>Whether only Azure knows the name, because an identity's id is in it.</summary>
    public bool IsNamedByAzure => Name.StartsWith('[');

    public JsonObject Properties => Json["properties"]?.AsObject() ?? [];

    /// <summary>Whose it is: the identities that are attached.</summary>
    public IEnumerable<string> Identities => (Json["identity"]?["userAssignedIdentities"]?.AsObject() ?? []).Select(identity => identity.Key.Split('/')[^1]);

    private string Text(string name) => Json[name]?.GetValue<string>() ?? "";

    public override string ToString() => $"{Type} {Name}";
}
