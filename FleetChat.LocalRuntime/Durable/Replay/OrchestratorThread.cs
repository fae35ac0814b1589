namespace FleetChat.LocalRuntime.Durable;

/// <summary>
/// Runs orchestrator code so that all of its continuations run on the calling thread, at once: what the code does before it
/// waits is then all that it ever does in a turn. The same traps as on the real worker: ConfigureAwait(false) and whatever
/// resumes elsewhere leaves this thread, and is found out.
/// </summary>
internal static class OrchestratorThread
{
    [ThreadStatic]
    private static ReplayContext? t_current;

    public static bool IsOf(ReplayContext context) => ReferenceEquals(t_current, context);

    public static void Run(ReplayContext context, Action action)
    {
        var before = SynchronizationContext.Current;
        var outer = t_current;
        SynchronizationContext.SetSynchronizationContext(InlineContext.Instance);
        t_current = context;
        try
        {
            var task = new Task(action);
            task.RunSynchronously(InlineScheduler.Instance);
            task.GetAwaiter().GetResult();
        }
        finally
        {
            t_current = outer;
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    private sealed class InlineContext : SynchronizationContext
    {
        public static readonly InlineContext Instance = new();

        public override void Post(SendOrPostCallback d, object? state)
            => Task.Factory.StartNew(() => d(state), CancellationToken.None, TaskCreationOptions.None, InlineScheduler.Instance);

        public override void Send(SendOrPostCallback d, object? state) => d(state);

        public override SynchronizationContext CreateCopy() => this;
    }

    private sealed class InlineScheduler : TaskScheduler
    {
        public static readonly InlineScheduler Instance = new();

        public override int MaximumConcurrencyLevel => 1;

        protected override void QueueTask(Task task) => TryExecuteTask(task);

        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => TryExecuteTask(task);

        protected override IEnumerable<Task> GetScheduledTasks() => [];
    }
}
