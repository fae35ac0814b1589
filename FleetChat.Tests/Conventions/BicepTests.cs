using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;

namespace FleetChat.Tests.Conventions;

/// <summary>What deploys is compiled and linted by Azure's own compiler, without a network: no error and no warning.</summary>
public sealed class BicepTests
{
    [LinuxX64Theory]
    [InlineData("infra/modules/alerts.bicep")]
    [InlineData("infra/modules/workbook.bicep")]
    public async Task Module_compiles_without_a_warning(string file)
    {
        var (exit, template, said) = await BuildAsync(file);

        Assert.Equal((0, ""), (exit, said));
        Assert.Contains("\"resources\"", template, StringComparison.Ordinal);
    }

    private static async Task<(int Exit, string Template, string Said)> BuildAsync(string file)
    {
        var compiler = typeof(BicepTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Bicep").Value!;
        using var process = Process.Start(new ProcessStartInfo(compiler, ["build", Path.Combine(Sources.Root, file), "--stdout"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (template, said) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await template, (await said).Trim());
    }
}

/// <summary>A test with data that needs the compiler's program, which is one for Linux on x64.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LinuxX64TheoryAttribute : TheoryAttribute
{
    public LinuxX64TheoryAttribute()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.OSArchitecture != Architecture.X64) Skip = "the Bicep compiler that is restored is one for Linux on x64";
    }
}
