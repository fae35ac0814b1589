using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace FleetChat.Tests.LocalRuntime;

/// <summary>Sends requests as run.py does, byte by byte: HttpClient would join repeated headers and refuse some of the requests.</summary>
internal sealed class ProbeSender(Uri address)
{
    private static readonly string[] ShownHeaders =
    [
        "content-type", "location", "etag", "retry-after", "cache-control", "www-authenticate", "set-cookie", "allow", "vary", "link",
        "content-disposition", "content-language", "last-modified", "strict-transport-security", "content-security-policy", "connection",
    ];

    /// <param name="body">Null sends no Content-Length.</param>
    /// <param name="hangUpAfter">The connection is closed after so long without an answer, and the answer is null.</param>
    public async Task<ProbeAnswer?> SendAsync(
        string method,
        string path,
        IEnumerable<(string Name, string Value)> headers,
        byte[]? body,
        bool chunked,
        TimeSpan? hangUpAfter)
    {
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(address.Host, address.Port);
        using var hangUp = new CancellationTokenSource(hangUpAfter ?? TimeSpan.FromMinutes(2));
        try
        {
            var stream = client.GetStream();
            await stream.WriteAsync(HeadOf(method, path, headers, body, chunked), hangUp.Token);
            if (chunked) await stream.WriteAsync(Encoding.ASCII.GetBytes($"{body!.Length:x}\r\n"), hangUp.Token);
            if (body is not null) await stream.WriteAsync(body, hangUp.Token);
            if (chunked) await stream.WriteAsync("\r\n0\r\n\r\n"u8.ToArray(), hangUp.Token);
            return await ReadAsync(stream, method, hangUp.Token);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private byte[] HeadOf(string method, string path, IEnumerable<(string Name, string Value)> headers, byte[]? body, bool chunked)
    {
        var head = new StringBuilder($"{method} {path} HTTP/1.1\r\nHost: {address.Authority}\r\n");
        foreach (var (name, value) in headers) head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        if (chunked) head.Append("Transfer-Encoding: chunked\r\n");
        else if (body is not null) head.Append(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n");
        return Encoding.Latin1.GetBytes(head.Append("\r\n").ToString());
    }

    private static async Task<ProbeAnswer> ReadAsync(NetworkStream stream, string method, CancellationToken cancellation)
    {
        var status = int.Parse((await ReadLineAsync(stream, cancellation)).Split(' ')[1], CultureInfo.InvariantCulture);
        var headers = new List<(string Name, string Value)>();
        while (await ReadLineAsync(stream, cancellation) is { Length: > 0 } line)
        {
            var parts = line.Split(':', 2);
            headers.Add((parts[0].ToLowerInvariant(), parts[1].Trim()));
        }
        var body = method == "HEAD" || status is 204 or 304 ? [] : await ReadBodyAsync(stream, headers, cancellation);
        var shown = headers
            .Where(h => ShownHeaders.Contains(h.Name) || h.Name.StartsWith("x-", StringComparison.Ordinal))
            .OrderBy(h => h.Name, StringComparer.Ordinal)
            .ThenBy(h => h.Value, StringComparer.Ordinal);
        return new(status, [.. shown], body);
    }

    private static async Task<byte[]> ReadBodyAsync(NetworkStream stream, List<(string Name, string Value)> headers, CancellationToken cancellation)
    {
        var length = headers.Find(h => h.Name == "content-length").Value;
        var body = new byte[int.Parse(length, CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body, cancellation);
        return body;
    }

    private static async Task<string> ReadLineAsync(NetworkStream stream, CancellationToken cancellation)
    {
        var line = new List<byte>();
        var one = new byte[1];
        while (line is not [.., (byte)'\r', (byte)'\n'])
        {
            await stream.ReadExactlyAsync(one, cancellation);
            line.Add(one[0]);
        }
        return Encoding.Latin1.GetString([.. line[..^2]]);
    }
}

internal sealed record ProbeAnswer(int Status, IReadOnlyList<(string Name, string Value)> Headers, byte[] Body);
