using System.Diagnostics;
using System.Text.Json.Serialization;

namespace FleetChat.LocalHost.Postgres;

/// <summary>The process that owns a cluster's folder, as it described itself.</summary>
internal sealed record ClusterOwner(int Pid, DateTimeOffset StartedAt, string Address)
{
    // Both are read from the operating system, which rounds.
    private static readonly TimeSpan Rounding = TimeSpan.FromSeconds(2);

    /// <summary>A process with this number that began at another time is somebody else.</summary>
    [JsonIgnore]
    public bool IsAlive
    {
        get
        {
            try
            {
                using var process = Process.GetProcessById(Pid);
                return (new DateTimeOffset(process.StartTime) - StartedAt).Duration() < Rounding;
            }
            catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
            {
                return false;
            }
        }
    }
}
