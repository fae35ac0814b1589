namespace FleetChat.LocalRuntime.Invocation;

/// <summary>Begins work that belongs to nobody's call: its log scopes, its trace and whatever else flows with a call are not those of whoever began it.</summary>
internal static class Detached
{
    public static Task Run(Func<Task> work)
    {
        if (ExecutionContext.IsFlowSuppressed()) return Task.Run(work);
        using (ExecutionContext.SuppressFlow()) return Task.Run(work);
    }
}
