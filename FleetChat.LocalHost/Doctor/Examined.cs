using FleetChat.LocalHost.Hosting;
using FleetChat.LocalRuntime;
using Microsoft.Extensions.Configuration;

namespace FleetChat.LocalHost.Doctor;

/// <summary>All that a doctor looks at: an installation, and what is around it.</summary>
internal sealed record Examined
{
    private const int DefaultPort = 7071;

    public required FoundInstallation Installation { get; init; }

    /// <summary>Null when no server is to be had.</summary>
    public DatabaseViews? Views { get; init; }

    /// <summary>How far one gets with the database.</summary>
    public Reach Reach { get; init; } = Reach.None;

    public int Port { get; init; } = DefaultPort;

    /// <summary>The folder of host.json and local.settings.json.</summary>
    public string ContentRoot { get; init; } = AppContext.BaseDirectory;

    public string TempFolder { get; init; } = Path.GetTempPath();

    /// <summary>This machine's clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    public Limits Limits { get; init; } = new();

    /// <summary>As a host would see them.</summary>
    public IConfiguration Settings { get; init; } = new ConfigurationManager();

    /// <summary>Somebody set it up for `serve` or a host of his own, with real credentials; else `up` brings its own settings and simulators.</summary>
    public bool IsConfigured => Settings.GetSection("FleetChat").GetChildren().Any();

    /// <summary>Where the world reaches the host; null when none runs as far as one can tell.</summary>
    public Uri? Address => IsConfigured && Uri.TryCreate(Settings["FleetChat:PublicBaseUrl"], UriKind.Absolute, out var url) ? url
        : Installation.Host ?? (Reach.LivingHosts > 0 ? OnLoopback(Port) : null);

    /// <summary>The port that the host takes, or would; the simulators have the next two.</summary>
    public int HostPort => Installation.Host?.Port ?? Port;

    public static Uri OnLoopback(int port) => new UriBuilder("http", "127.0.0.1", port).Uri;

    /// <exception cref="StartRefusedException">The installation belongs to another user.</exception>
    public static async Task<Examined> FindAsync(string folder, int? port, CancellationToken ct)
        => await OfAsync(new() { Installation = await FoundInstallation.InAsync(folder, ct), Port = port ?? DefaultPort }, ct);

    /// <summary>Opens the database of what is described so far, and reads its settings.</summary>
    public static async Task<Examined> OfAsync(Examined examined, CancellationToken ct)
    {
        var views = examined.Installation.Admin is null ? null : examined.Installation.Open();
        return examined with { Views = views, Reach = views is null ? Reach.None : await Reach.OfAsync(views, ct), Settings = SettingsIn(examined.ContentRoot) };
    }

    // A file that can't be read is a finding of its own.
    private static IConfiguration SettingsIn(string folder)
    {
        try
        {
            return AppConfiguration.Read(folder);
        }
        catch (Exception unreadable) when (unreadable is System.Text.Json.JsonException or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return AppConfiguration.Read(Path.Combine(folder, "nowhere"));
        }
    }
}
