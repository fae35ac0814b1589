using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace FleetChat.Tests.LocalRuntime;

/// <summary>One connection on which a test says exactly what it wants, byte by byte.</summary>
internal sealed class RawHttp : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly TcpClient _client;
    private readonly NetworkStream _stream;

    private RawHttp(TcpClient client)
    {
        _client = client;
        _stream = client.GetStream();
    }

    public static async Task<RawHttp> ConnectAsync(Uri address)
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(address.Host, address.Port);
        return new(client);
    }

    /// <returns>The first line of the answer and its body.</returns>
    public static async Task<(int Status, string Body)> AskAsync(Uri address, string request)
    {
        using var raw = await ConnectAsync(address);
        await raw.SendAsync(request);
        return await raw.ReadAsync();
    }

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes) => await _stream.WriteAsync(bytes);

    public async Task<(int Status, string Body)> ReadAsync()
    {
        var status = int.Parse((await ReadLineAsync())[9..12], CultureInfo.InvariantCulture);
        var length = 0;
        while (await ReadLineAsync() is { Length: > 0 } header)
            if (header.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)) length = int.Parse(header[15..], CultureInfo.InvariantCulture);
        var body = new byte[length];
        await _stream.ReadExactlyAsync(body).AsTask().WaitAsync(Patience);
        return (status, Encoding.UTF8.GetString(body));
    }

    /// <returns>Everything that comes until the other side closes; null if it does not close.</returns>
    public async Task<string?> ReadToEndAsync()
    {
        using var all = new MemoryStream();
        try
        {
            await _stream.CopyToAsync(all).WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            return null;
        }
        catch (IOException)
        {
            // Closed the hard way.
        }
        return Encoding.Latin1.GetString(all.ToArray());
    }

    /// <summary>Says that nothing more will come.</summary>
    public void EndSending() => _client.Client.Shutdown(SocketShutdown.Send);

    public void Dispose() => _client.Dispose();

    private async Task<string> ReadLineAsync()
    {
        var line = new List<byte>();
        var one = new byte[1];
        while (line is not [.., (byte)'\r', (byte)'\n'])
        {
            await _stream.ReadExactlyAsync(one).AsTask().WaitAsync(Patience);
            line.Add(one[0]);
        }
        return Encoding.Latin1.GetString([.. line[..^2]]);
    }
}
