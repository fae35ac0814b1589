using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace FleetChat.Tests.Postgres;

/// <summary>
/// Stands between a process and Postgres and counts its round trips. At a chosen one the process dies for the database: nothing of it comes through any more, not even what
/// would be cleared up, until somebody takes its place.
/// </summary>
internal sealed class RoundTripProxy : IAsyncDisposable
{
    private const int LengthOfKind = 1;
    private const int LengthOfLength = 4;

    private readonly TcpListener _listener = new(IPAddress.Loopback, port: 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Way, bool> _ways = [];
    private readonly Lock _lock = new();
    private readonly string _host;
    private readonly int _port;
    private readonly Task _accepting;
    private int _count;
    private (int At, bool IsAfter)? _armed;

    /// <param name="postgres">Any login's.</param>
    public RoundTripProxy(string postgres)
    {
        var straight = new NpgsqlConnectionStringBuilder(postgres);
        (_host, _port) = (straight.Host!, straight.Port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Since <see cref="Revive"/>.</summary>
    public int Count => Volatile.Read(ref _count);

    public bool IsStopped { get; private set; }

    /// <summary>What is asked over it can be read.</summary>
    public string Through(string postgres) => new NpgsqlConnectionStringBuilder(postgres)
    {
        Host = "127.0.0.1",
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port,
        SslMode = SslMode.Disable,
        GssEncryptionMode = GssEncryptionMode.Disable,
    }.ConnectionString;

    /// <param name="at">Which of the round trips from now on, from 1.</param>
    /// <param name="isAfter">Postgres has done what it was asked, and nobody hears of it; else it is never asked.</param>
    public void StopAt(int at, bool isAfter)
    {
        lock (_lock) (_count, _armed) = (0, (at, isAfter));
    }

    /// <summary>For the next process; it lives as long as it is let.</summary>
    public void Revive()
    {
        lock (_lock) (_count, _armed, IsStopped) = (0, null, false);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        CloseAll();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) Open(await _listener.AcceptTcpClientAsync(_stop.Token));
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private void Open(TcpClient client)
    {
        var way = new Way(client);
        lock (_lock)
        {
            if (IsStopped)
            {
                way.Dispose();
                return;
            }
            _ways[way] = true;
        }
        _ = RunAsync(way);
    }

    private async Task RunAsync(Way way)
    {
        using (way)
        {
            try
            {
                await way.Server.ConnectAsync(_host, _port, _stop.Token);
                way.Server.NoDelay = way.Client.NoDelay = true;
                await Task.WhenAny(AskAsync(way), AnswerAsync(way));
            }
            catch (Exception ended) when (ended is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
            {
                // One of the two is gone.
            }
        }
        _ways.TryRemove(way, out _);
    }

    private async Task AskAsync(Way way)
    {
        var (client, server) = (way.Client.GetStream(), way.Server.GetStream());
        // Who it is: the only message without a kind.
        await server.WriteAsync(await ReadAsync(client, hasKind: false), _stop.Token);
        for (var message = await ReadAsync(client, hasKind: true); message.Length > 0; message = await ReadAsync(client, hasKind: true))
        {
            if ((char)message[0] is 'S' or 'Q' && !MayGo(way)) return;
            await server.WriteAsync(message, _stop.Token);
        }
    }

    /// <summary>A round trip is under way.</summary>
    private bool MayGo(Way way)
    {
        lock (_lock)
        {
            if (IsStopped) return false;
            way.Asked++;
            _count++;
            if (_armed is not var (at, isAfter) || at != _count) return true;
            way.Last = way.Asked;
            if (isAfter) return true;
            IsStopped = true;
        }
        CloseAll();
        return false;
    }

    private async Task AnswerAsync(Way way)
    {
        var (server, client) = (way.Server.GetStream(), way.Client.GetStream());
        // Ready for the first question too.
        var answered = -1;
        for (var message = await ReadAsync(server, hasKind: true); message.Length > 0; message = await ReadAsync(server, hasKind: true))
        {
            if ((char)message[0] == 'Z') answered++;
            if (way.Last is not { } last)
            {
                await client.WriteAsync(message, _stop.Token);
                continue;
            }
            if (answered < last) continue;
            lock (_lock) IsStopped = true;
            CloseAll();
            return;
        }
    }

    private async Task<byte[]> ReadAsync(NetworkStream from, bool hasKind)
    {
        var head = new byte[hasKind ? LengthOfKind + LengthOfLength : LengthOfLength];
        if (await from.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, _stop.Token) < head.Length) return [];
        var length = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(head.Length - LengthOfLength)) - LengthOfLength;
        var message = new byte[head.Length + length];
        head.CopyTo(message, 0);
        await from.ReadExactlyAsync(message.AsMemory(head.Length), _stop.Token);
        return message;
    }

    private void CloseAll()
    {
        foreach (var way in _ways.Keys) way.Dispose();
    }

    private sealed class Way(TcpClient client) : IDisposable
    {
        public TcpClient Client => client;

        public TcpClient Server { get; } = new();

        public int Asked { get; set; }

        /// <summary>The question of which nobody hears the answer; null: there is none.</summary>
        public int? Last { get; set; }

        public void Dispose()
        {
            client.Dispose();
            Server.Dispose();
        }
    }
}
