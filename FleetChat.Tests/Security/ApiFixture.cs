namespace FleetChat.Tests.Security;

/// <summary>One host for a test class, with two companies that have one of everything.</summary>
public sealed class ApiFixture : IAsyncLifetime
{
    public ApiHost Host { get; private set; } = null!;

    public ApiCompany A { get; private set; } = null!;

    public ApiCompany B { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Host = await ApiHost.StartAsync("api");
        A = await ApiCompany.SetUpAsync(Host, "alfa_haulage_001");
        B = await ApiCompany.SetUpAsync(Host, "bravo_freight_001");
    }

    public async Task DisposeAsync()
    {
        A.Dispose();
        B.Dispose();
        await Host.DisposeAsync();
    }
}
