namespace FleetChat.Tests.Postgres;

/// <summary>Needs root, because it becomes somebody else; a build machine as an ordinary user skips it and says so.</summary>
public sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
        {
            Skip = "Needs root on Linux: becomes another user.";
        }
    }
}
