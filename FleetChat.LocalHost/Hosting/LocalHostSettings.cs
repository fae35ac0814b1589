using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Simulators.OpenId;
using FleetChat.Simulators.Stripe;

namespace FleetChat.LocalHost.Hosting;

/// <summary>
/// What one host process is told. It holds secrets: between processes it travels in a file that its owner alone can read,
/// never on a command line, which every user of the machine can see.
/// </summary>
/// <param name="SecretsFolder">Of the files that hold the master key and the tenants' wrapped keys.</param>
/// <param name="Url">Where the host listens, and where the world reaches it.</param>
/// <param name="AppSecret">Signs what WhatsApp sends.</param>
/// <param name="VerifyToken">What WhatsApp shows when it subscribes.</param>
/// <param name="GraphBaseUrl">WhatsApp's Cloud API.</param>
public sealed record LocalHostSettings(
    InstalledDatabase Database, string SecretsFolder, Uri Url, string AppSecret, string VerifyToken, Uri GraphBaseUrl)
{
    /// <summary>Stands in every API key of such a host.</summary>
    public const string EnvironmentName = "local";

    /// <summary>Companies' webhooks may go to this machine; false: what the host's own configuration says.</summary>
    public bool HooksOnLoopback { get; init; }

    /// <summary>Of the ends of the audit trails, which the database can't take back.</summary>
    public string AnchorsFolder => AnchorsBeside(SecretsFolder);

    public static string AnchorsBeside(string secretsFolder) => Beside(secretsFolder, "anchors");

    /// <summary>Where Samsara answers companies that are registered here; null: at its own address.</summary>
    public Uri? SamsaraBaseUrl { get; init; }

    /// <summary>A simulated Stripe; null: companies pay by bank transfer alone.</summary>
    public Uri? StripeBaseUrl { get; init; }

    /// <summary>Signs what a simulated Stripe sends.</summary>
    internal const string StripeSecret = NewEndpoint.UsualSecret;

    /// <summary>A simulated OpenID Connect issuer whose tokens say who people are; its <see cref="Operator"/> is FleetChat's. Null: nobody signs in.</summary>
    public string? Issuer { get; init; }

    /// <summary>The operator's name at the issuer.</summary>
    public const string Operator = Roles.PlatformOperator;

    /// <summary>Where e-mails lie.</summary>
    public string MailFolder => Beside(SecretsFolder, "mail");

    public static string NewSecret() => RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>A port of 127.0.0.1 that was free a moment ago: whoever is told the address before the host starts needs one.</summary>
    public static Uri FreeUrl()
    {
        using var listener = new TcpListener(IPAddress.Loopback, port: 0);
        listener.Start();
        return new($"http://{listener.LocalEndpoint}");
    }

    /// <summary>As FleetChat's configuration names them.</summary>
    public Dictionary<string, string?> ToConfiguration()
    {
        Dictionary<string, string?> configuration = new()
        {
            ["FleetChat:Environment"] = EnvironmentName,
            ["FleetChat:PublicBaseUrl"] = Url.ToString(),
            ["FleetChat:Postgres:App"] = Database.App,
            ["FleetChat:Postgres:System"] = Database.System,
            // No pooler stands between here.
            ["FleetChat:Postgres:Prepare"] = "true",
            ["FleetChat:Secrets:Folder"] = SecretsFolder,
            ["FleetChat:Media:Folder"] = Beside(SecretsFolder, "media"),
            ["FleetChat:Audit:Folder"] = AnchorsFolder,
            ["FleetChat:Mail:From"] = "FleetChat <fleetchat@localhost>",
            ["FleetChat:Mail:Folder"] = MailFolder,
            ["FleetChat:WhatsApp:AppSecret"] = AppSecret,
            ["FleetChat:WhatsApp:VerifyToken"] = VerifyToken,
            ["FleetChat:WhatsApp:GraphBaseUrl"] = GraphBaseUrl.ToString(),
        };
        if (SamsaraBaseUrl is not null) configuration["FleetChat:Samsara:BaseUrl"] = SamsaraBaseUrl.ToString();
        if (StripeBaseUrl is not null) AddStripe(configuration, StripeBaseUrl);
        if (Issuer is not null) AddPeople(configuration, Issuer);
        if (HooksOnLoopback) configuration["FleetChat:Webhooks:AllowLoopback"] = "true";
        return configuration;
    }

    public async Task WriteAsync(string file, CancellationToken ct)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var stream = new FileStream(file, options);
        await JsonSerializer.SerializeAsync(stream, this, cancellationToken: ct);
    }

    /// <exception cref="StartRefusedException">It is no such file.</exception>
    public static async Task<LocalHostSettings> ReadAsync(string file, CancellationToken ct)
    {
        try
        {
            await using var stream = File.OpenRead(file);
            return await JsonSerializer.DeserializeAsync<LocalHostSettings>(stream, cancellationToken: ct) ?? throw new JsonException("it holds null");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new StartRefusedException($"The settings file '{file}' could not be read: {unreadable.Message}", unreadable);
        }
    }

    private static void AddStripe(Dictionary<string, string?> configuration, Uri address)
    {
        configuration["FleetChat:Stripe:ApiKey"] = "sk_test_simulated";
        configuration["FleetChat:Stripe:WebhookSecret"] = StripeSecret;
        configuration["FleetChat:Stripe:BaseUrl"] = address.ToString();
    }

    // Under a name: those whom somebody sets beside them have numbers.
    private static void AddPeople(Dictionary<string, string?> configuration, string issuer)
    {
        configuration["FleetChat:Identity:Issuers:simulated:Issuer"] = issuer;
        configuration["FleetChat:Identity:Issuers:simulated:Audience"] = IssuerSimulator.Audience;
        configuration["FleetChat:Identity:Issuers:simulated:MetadataUri"] = $"{issuer}/.well-known/openid-configuration";
        configuration["FleetChat:Identity:PlatformPeople:simulated:Issuer"] = issuer;
        configuration["FleetChat:Identity:PlatformPeople:simulated:Subject"] = Operator;
        configuration["FleetChat:Identity:PlatformPeople:simulated:Role"] = Roles.PlatformOperator;
    }

    private static string Beside(string secretsFolder, string name) => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(secretsFolder))!, name);

    // A record's own text would print the secrets.
    public override string ToString() => Url.ToString();
}
