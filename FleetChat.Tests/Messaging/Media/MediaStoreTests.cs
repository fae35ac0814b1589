using System.Diagnostics;
using System.Security.Cryptography;
using Azure;
using Azure.Storage.Blobs;
using FleetChat.Core.Messaging.Media;

namespace FleetChat.Tests.Messaging.Media;

/// <summary>What every media store does.</summary>
internal static class MediaStoreContract
{
    private const string Name = "acme_001/0123456789abcdef";

    public static async Task KeepsReplacesAndDeletesAsync(IMediaStore store)
    {
        var large = RandomNumberGenerator.GetBytes(9 * 1024 * 1024);
        Assert.Null(await ReadAsync(store));

        await store.WriteAsync(Name, Forward(large), default);
        Assert.Equal(large, await ReadAsync(store));
        await store.WriteAsync(Name, Forward([1, 2, 3]), default);
        Assert.Equal([1, 2, 3], await ReadAsync(store));
        await store.DeleteAsync(Name, default);
        await store.DeleteAsync(Name, default);

        Assert.Null(await ReadAsync(store));
    }

    public static async Task KeepsAllOrNothingAsync(IMediaStore store, int length)
    {
        await Assert.ThrowsAsync<IOException>(() => store.WriteAsync(Name, Forward(new byte[length], breaksOff: true), default));
        Assert.Null(await ReadAsync(store));
        await store.WriteAsync(Name, Forward([1, 2, 3]), default);

        await Assert.ThrowsAsync<IOException>(() => store.WriteAsync(Name, Forward(new byte[length], breaksOff: true), default));

        Assert.Equal([1, 2, 3], await ReadAsync(store));
        await store.DeleteAsync(Name, default);
    }

    private static Stream Forward(byte[] bytes, bool breaksOff = false) => new ForwardStream(new MemoryStream(bytes), breaksOff);

    private static async Task<byte[]?> ReadAsync(IMediaStore store)
    {
        await using var content = await store.OpenAsync(Name, default);
        if (content is null) return null;
        using var copy = new MemoryStream();
        await content.CopyToAsync(copy);
        return copy.ToArray();
    }

    private sealed class ForwardStream(MemoryStream bytes, bool breaksOff) : FleetChat.Core.ReadOnlyStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken ct = default)
        {
            var count = await bytes.ReadAsync(buffer, ct);
            return count > 0 || !breaksOff ? count : throw new IOException("the connection is gone");
        }
    }
}

public sealed class FolderMediaStoreTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fleetchat-media-");

    private FolderMediaStore Store => new(Path.Combine(_folder.FullName, "media"));

    [Fact]
    public Task What_was_written_is_read_and_replaced_and_deleted() => MediaStoreContract.KeepsReplacesAndDeletesAsync(Store);

    [Theory]
    [InlineData(10)]
    [InlineData(9 * 1024 * 1024)]
    public Task Content_that_breaks_off_leaves_what_was_there_before(int length) => MediaStoreContract.KeepsAllOrNothingAsync(Store, length);

    [Fact]
    public async Task Files_are_their_owners_alone()
    {
        if (OperatingSystem.IsWindows()) return;

        await Store.WriteAsync("acme_001/one", new MemoryStream([1]), default);

        var file = Assert.Single(_folder.EnumerateFiles("*", SearchOption.AllDirectories));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file.FullName));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(file.DirectoryName!));
    }

    [Theory]
    [InlineData("../one")]
    [InlineData("acme_001/../../one")]
    [InlineData("/etc/passwd")]
    [InlineData("")]
    public async Task No_name_leads_out_of_the_folder(string name)
        => await Assert.ThrowsAsync<ArgumentException>(() => Store.WriteAsync(name, new MemoryStream([1]), default));

    public void Dispose() => _folder.Delete(recursive: true);
}

public sealed class BlobMediaStoreTests(Azurite azurite) : IClassFixture<Azurite>
{
    private readonly BlobMediaStore _store = new(azurite.Container);

    private BlobMediaStore Store => new(azurite.Container);

    [AzuriteFact]
    public Task What_was_written_is_read_and_replaced_and_deleted() => MediaStoreContract.KeepsReplacesAndDeletesAsync(Store);

    [AzuriteFact]
    public async Task Container_that_somebody_took_away_is_made_again_with_the_next_try()
    {
        await _store.WriteAsync("one", new MemoryStream([1]), default);
        await azurite.Container.DeleteAsync();
        await Assert.ThrowsAsync<RequestFailedException>(() => _store.WriteAsync("two", new MemoryStream([2]), default));

        await _store.WriteAsync("two", new MemoryStream([2]), default);

        Assert.True((await azurite.Container.GetBlobClient("two").ExistsAsync()).Value);
    }

    [AzuriteTheory]
    [InlineData(10)]
    [InlineData(9 * 1024 * 1024)]
    public Task Content_that_breaks_off_leaves_what_was_there_before(int length) => MediaStoreContract.KeepsAllOrNothingAsync(Store, length);
}

/// <summary>Microsoft's emulator of Azure Storage, from npm, on a port and in a folder of its own.</summary>
public sealed class Azurite : IAsyncLifetime
{
    private const string Version = "3.37.0";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fleetchat-azurite-");
    private Process? _process;
    private string _connection = "";

    /// <summary>Null if it can run here.</summary>
    public static string? MissingReason { get; } = FindProgram() is null
        ? $"Azurite is not installed: npm install --global azurite@{Version}"
        : null;

    public BlobContainerClient Container { get; private set; } = null!;

    /// <summary>A container of that name, which is not made, reached in this way.</summary>
    public BlobContainerClient Open(string container, BlobClientOptions options) => new(_connection, container, options);

    public async Task InitializeAsync()
    {
        if (FindProgram() is not { } program) return;
        var port = FleetChat.LocalHost.Hosting.LocalHostSettings.FreeUrl().Port;
        _process = Process.Start(new ProcessStartInfo(program, ["--silent", "--skipApiVersionCheck", "--blobHost", "127.0.0.1", "--blobPort", $"{port}", "--location", _folder.FullName])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        // Its account and key are the ones that Microsoft publishes for it.
        _connection =
            $"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;BlobEndpoint=http://127.0.0.1:{port}/devstoreaccount1;";
        Container = new(_connection, "media");
        using var http = new HttpClient();
        await Until.TrueAsync(async () =>
        {
            try
            {
                using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/devstoreaccount1"));
                return true;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }, "Azurite answers");
    }

    public async Task DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
            _process.Dispose();
        }
        _folder.Delete(recursive: true);
    }

    // azurite-blob is the blob service alone.
    private static string? FindProgram() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? "azurite-blob.cmd" : "azurite-blob"))
        .FirstOrDefault(File.Exists);
}

/// <summary>A fact that needs <see cref="Azurite"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AzuriteFactAttribute : FactAttribute
{
    public AzuriteFactAttribute() => Skip = Azurite.MissingReason!;
}

/// <summary>A test with data that needs <see cref="Azurite"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AzuriteTheoryAttribute : TheoryAttribute
{
    public AzuriteTheoryAttribute() => Skip = Azurite.MissingReason!;
}
