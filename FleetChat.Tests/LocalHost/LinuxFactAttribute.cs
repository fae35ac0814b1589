namespace FleetChat.Tests.LocalHost;

/// <summary>Sends signals and looks for processes as Linux shows them; elsewhere it is skipped and says so.</summary>
public sealed class LinuxFactAttribute : FactAttribute
{
    public LinuxFactAttribute()
    {
        if (!OperatingSystem.IsLinux()) Skip = "Needs Linux: sends signals and reads /proc.";
    }
}

/// <summary>As <see cref="LinuxFactAttribute"/>, and takes minutes: only FLEETCHAT_TEST_SIZE=long runs it.</summary>
public sealed class LongLinuxFactAttribute : FactAttribute
{
    public LongLinuxFactAttribute()
    {
        if (!OperatingSystem.IsLinux()) Skip = "Needs Linux: sends signals and reads /proc.";
        else if (Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") != "long") Skip = "Takes minutes: FLEETCHAT_TEST_SIZE=long runs it.";
    }
}
