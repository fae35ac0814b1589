namespace FleetChat.Tests.LocalHost;

/// <summary>Sends signals and looks for processes as Linux shows them; elsewhere it is skipped and says so.</summary>
public sealed class LinuxFactAttribute : FactAttribute
{
    public LinuxFactAttribute()
    {
        if (!OperatingSystem.IsLinux()) Skip = "Needs Linux: sends signals and reads /proc.";
    }
}
