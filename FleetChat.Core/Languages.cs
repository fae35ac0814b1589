namespace FleetChat.Core;

/// <summary>The languages that drivers are written to in.</summary>
public static class Languages
{
    public const string English = "en";
    public const string Spanish = "es";
    public const string French = "fr";

    public static readonly IReadOnlyList<string> All = [English, Spanish, French];

    /// <summary>What stands beside a language that nobody chose: most drivers in North America read one of the two.</summary>
    public static string Beside(string language) => language == English ? Spanish : English;
}
