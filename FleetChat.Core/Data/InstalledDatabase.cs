namespace FleetChat.Core.Data;

/// <summary>
/// An installation's connection strings, one a login: <paramref name="Owner"/> migrates, <paramref name="App"/> works inside
/// a tenant, <paramref name="System"/> routes and sweeps, <paramref name="LocalRuntime"/> owns the schema <c>localhost</c>
/// and sees nothing else.
/// </summary>
public sealed record InstalledDatabase(string Owner, string App, string System, string LocalRuntime);
