using Npgsql;
using Polly;
using Polly.Retry;

namespace FleetChat.Core.Data;

/// <summary>
/// Writes down what the outside answered. Unwritten, the call counts as lost and is made again or is in doubt: so a database that is
/// away for a moment is waited for, and a host that stops is not.
/// </summary>
internal static class Recording
{
    private static readonly ResiliencePipeline Patience = new ResiliencePipelineBuilder()
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<NpgsqlException>(),
            MaxRetryAttempts = 4,
            Delay = TimeSpan.FromMilliseconds(200),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
        })
        .Build();

    /// <param name="write">A transaction, and nothing that must not be repeated.</param>
    public static async Task ExecuteAsync(Func<Task> write) => await Patience.ExecuteAsync(async _ => await write(), CancellationToken.None);

    /// <inheritdoc cref="ExecuteAsync(Func{Task})"/>
    public static async Task<T> ExecuteAsync<T>(Func<Task<T>> write) => await Patience.ExecuteAsync(async _ => await write(), CancellationToken.None);
}
