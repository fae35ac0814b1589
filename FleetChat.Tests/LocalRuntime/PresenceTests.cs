using FleetChat.LocalRuntime.Hosting;
using Npgsql;

namespace FleetChat.Tests.LocalRuntime;

public sealed class PresenceTests
{
    [Fact]
    public async Task A_wait_of_less_than_a_millisecond_ends()
    {
        await using var app = await RuntimeApp.CreateAsync();
        await using var connection = new NpgsqlConnection(app.Database.Logins.LocalRuntime);
        await connection.OpenAsync();

        // With the bare 0.4 ms Npgsql would wait for as long as nobody says anything.
        var heard = await connection.WaitAsync(HostPresence.WaitOf(TimeSpan.FromMilliseconds(0.4)), CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10));

        Assert.False(heard);
    }
}
