using System.Buffers.Text;
using System.Net.Sockets;
using System.Text;

namespace FleetChat.Benchmarks.Http;

/// <summary>
/// A client that costs next to nothing, because it shares the machine with the server that is measured: a request that is
/// written once or by the caller, and no more of the answer is understood than where it ends.
/// </summary>
internal sealed class RawConnection : IDisposable
{
    private readonly byte[] _request;
    private readonly byte[] _answer = new byte[4096];
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    public RawConnection(Uri address)
    {
        _request = Encoding.ASCII.GetBytes($"GET {address.PathAndQuery} HTTP/1.1\r\nHost: {address.Authority}\r\n\r\n");
        _socket.Connect(address.Host, address.Port);
    }

    /// <exception cref="HttpRequestException">It answered anything but 200.</exception>
    public async Task GetAsync()
    {
        var answer = await AskAsync(_request);
        if (!IsOk(answer.Span)) throw new HttpRequestException(Encoding.ASCII.GetString(answer.Span));
    }

    /// <param name="request">All of it, head and body.</param>
    /// <returns>Whether the answer was 200.</returns>
    public async Task<bool> TryAsync(ReadOnlyMemory<byte> request) => IsOk((await AskAsync(request)).Span);

    public void Dispose() => _socket.Dispose();

    private async Task<ReadOnlyMemory<byte>> AskAsync(ReadOnlyMemory<byte> request)
    {
        await _socket.SendAsync(request);
        var length = 0;
        do
        {
            var read = await _socket.ReceiveAsync(_answer.AsMemory(length));
            length += read > 0 ? read : throw new HttpRequestException("The server hung up.");
        }
        while (!IsWhole(_answer.AsSpan(0, length)));
        return _answer.AsMemory(0, length);
    }

    private static bool IsOk(ReadOnlySpan<byte> answer) => answer.StartsWith("HTTP/1.1 200"u8);

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var end = answer.IndexOf("\r\n\r\n"u8);
        if (end < 0) return false;
        var head = answer[..(end + 2)];
        var body = answer[(end + 4)..];
        if (head.IndexOf("\r\nTransfer-Encoding: chunked\r\n"u8) >= 0) return body.EndsWith("0\r\n\r\n"u8);
        var at = head.IndexOf("\r\nContent-Length: "u8);
        return at < 0
            ? throw new HttpRequestException("The answer does not say how long it is.")
            : Utf8Parser.TryParse(head[(at + 18)..], out int announced, out _) && body.Length >= announced;
    }
}
