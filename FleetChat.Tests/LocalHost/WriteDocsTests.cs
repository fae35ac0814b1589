using FleetChat.LocalHost.Commands;
using FleetChat.LocalHost.Hosting;
using FleetChat.Tests.Conventions;

namespace FleetChat.Tests.LocalHost;

public sealed class WriteDocsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fleetchat-docs-");

    public static TheoryData<string> Files => [.. WriteDocs.Files.Keys];

    [Theory]
    [MemberData(nameof(Files))]
    public void File_is_as_the_code_has_it(string file)
        => Assert.True(WriteDocs.Files[file]() == Sources.Read($"docs/{file}"), $"docs/{file} is not as the code has it. Write it: dotnet run --project FleetChat.LocalHost -- docs");

    [Fact]
    public async Task Command_writes_every_file_from_wherever_in_the_clone_it_is_called()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "FleetChat.sln"), "");
        var (docs, within) = (_folder.CreateSubdirectory("docs"), _folder.CreateSubdirectory("src"));

        var said = await CommandConsole.RunAsync(console => WriteDocs.RunAsync(within.FullName, console, CancellationToken.None));

        Assert.Equal(WriteDocs.Files.Keys.Order(StringComparer.Ordinal), docs.GetFiles().Select(file => file.Name).Order(StringComparer.Ordinal));
        Assert.Contains("docs/errors.md", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Outside_of_a_clone_the_command_says_so()
        => await Assert.ThrowsAsync<StartRefusedException>(() => CommandConsole.RunAsync(console => WriteDocs.RunAsync(_folder.FullName, console, CancellationToken.None)));

    public void Dispose() => _folder.Delete(recursive: true);
}
