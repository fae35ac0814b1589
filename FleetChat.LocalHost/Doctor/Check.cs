namespace FleetChat.LocalHost.Doctor;

/// <summary>What a check needs before it makes sense.</summary>
internal enum Need
{
    Nothing,

    /// <summary>A Postgres server that answers.</summary>
    Server,

    /// <summary>FleetChat's database.</summary>
    Database,

    /// <summary>FleetChat's tables.</summary>
    Fleet,

    /// <summary>LocalRuntime's tables.</summary>
    Runtime,
}

/// <summary>One look at one thing.</summary>
/// <param name="Name">Group and thing, as <c>--json</c> shows it.</param>
internal sealed record Check(string Name, Need Need, Func<Examined, CancellationToken, Task<Finding>> LookAsync)
{
    public static Check Of(string name, Func<Examined, Finding> look) => new(name, Need.Nothing, (examined, _) => Task.FromResult(look(examined)));
}

/// <param name="Check">Its name.</param>
internal sealed record CheckResult(string Check, Finding Finding);
