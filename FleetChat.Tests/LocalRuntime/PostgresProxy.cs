using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace FleetChat.Tests.LocalRuntime;

/// <summary>What happens to the statement that a test waits for.</summary>
internal enum ProxyFault
{
    /// <summary>It never reaches Postgres.</summary>
    CutBefore,

    /// <summary>Postgres carries it out, and nobody hears of that.</summary>
    CutAfter,

    /// <summary>It stays under way.</summary>
    Hold,
}

/// <summary>Stands between a host and Postgres and spoils one statement's way.</summary>
internal sealed class PostgresProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, port: 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<TcpClient> _clients = [];
    private readonly string _host;
    private readonly int _port;
    private readonly Task _accepting;
    private (byte[] Text, ProxyFault Fault, TaskCompletionSource Struck)? _armed;

    public PostgresProxy(string postgres)
    {
        var straight = new NpgsqlConnectionStringBuilder(postgres);
        (_host, _port) = (straight.Host!, straight.Port);
        _listener.Start();
        ConnectionString = new NpgsqlConnectionStringBuilder(postgres) { Host = "127.0.0.1", Port = ((IPEndPoint)_listener.LocalEndpoint).Port }.ConnectionString;
        _accepting = AcceptAsync();
    }

    public string ConnectionString { get; }

    /// <returns>Completes when a statement with the text came.</returns>
    public Task SpoilNext(string text, ProxyFault fault)
    {
        var struck = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _armed = (Encoding.UTF8.GetBytes(text), fault, struck);
        return struck.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        foreach (var client in _clients) client.Dispose();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                var server = new TcpClient();
                _clients.Add(client);
                _clients.Add(server);
                await server.ConnectAsync(_host, _port, _stop.Token);
                var doom = new CancellationTokenSource();
                _ = EndBothAsync(ForwardAsync(client.GetStream(), server.GetStream(), doom));
                _ = EndBothAsync(AnswerAsync(server.GetStream(), client.GetStream(), doom.Token));

                async Task EndBothAsync(Task way)
                {
                    await way.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    client.Dispose();
                    server.Dispose();
                }
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ForwardAsync(NetworkStream client, NetworkStream server, CancellationTokenSource doom)
    {
        var buffer = new byte[64 * 1024];
        while (await client.ReadAsync(buffer, _stop.Token) is > 0 and var read)
        {
            var armed = _armed;
            if (armed is not null && buffer.AsSpan(0, read).IndexOf(armed.Value.Text) >= 0)
            {
                _armed = null;
                armed.Value.Struck.SetResult();
                if (armed.Value.Fault == ProxyFault.CutBefore) return;
                if (armed.Value.Fault == ProxyFault.Hold) await new TaskCompletionSource().Task.WaitAsync(_stop.Token);
                await doom.CancelAsync();
            }
            await server.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
        }
    }

    private async Task AnswerAsync(NetworkStream server, NetworkStream client, CancellationToken doom)
    {
        var buffer = new byte[64 * 1024];
        while (await server.ReadAsync(buffer, _stop.Token) is > 0 and var read)
        {
            // The first word of the answer comes when the statement is done.
            if (doom.IsCancellationRequested) return;
            await client.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
        }
    }
}
