using System.Text.Json;
using FleetChat.Core.Inbox;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Calls;

/// <summary>A call that is being made.</summary>
/// <param name="Attempts">This one included. Above one the call may have been made before: its end was not seen.</param>
public sealed record Call(Guid Id, string Kind, JsonElement Content, int Attempts, DateTimeOffset CreatedAt);

/// <summary>Makes one kind of call.</summary>
public interface ICallHandler
{
    bool Handles(string kind);

    /// <summary>
    /// Outside any transaction; what it writes goes with the result, in the transaction that ends the call, or not at all. An
    /// exception is a failure that may pass.
    /// </summary>
    Task<CallResult> HandleAsync(Call call, TenantSettings tenant, CancellationToken ct);

    /// <summary>Asked once all attempts failed, in whatever way: with an exception, or by taking too long.</summary>
    CallResult GiveUp(Call call, string reason) => CallResult.Fail(reason);
}

/// <summary>How a call ended.</summary>
/// <param name="Outcome">For the row and the log, as a code.</param>
/// <param name="Write">What has to be written with it.</param>
public sealed record CallResult(CallEnding Ending, string Outcome, Func<Processing, CancellationToken, Task>? Write = null)
{
    /// <summary>When it is made again; null for a delay that grows with the attempts.</summary>
    public DateTimeOffset? DueAt { get; private init; }

    public static CallResult Done(string outcome, Func<Processing, CancellationToken, Task>? write = null) => new(CallEnding.Done, outcome, write);

    /// <summary>Done, and to be made again then: a poll.</summary>
    public static CallResult Repeat(string outcome, DateTimeOffset dueAt, Func<Processing, CancellationToken, Task>? write = null) => new(CallEnding.Repeat, outcome, write) { DueAt = dueAt };

    /// <summary>It failed, and may yet succeed.</summary>
    public static CallResult Retry(string reason, DateTimeOffset? dueAt = null) => new(CallEnding.Retry, reason) { DueAt = dueAt };

    /// <summary>The outside asks for quiet: no call of its lane is made before then. Not counted as an attempt.</summary>
    public static CallResult TooMany(DateTimeOffset until) => new(CallEnding.TooMany, "too many calls") { DueAt = until };

    /// <summary>It failed for good.</summary>
    public static CallResult Fail(string reason, Func<Processing, CancellationToken, Task>? write = null) => new(CallEnding.Fail, reason, write);
}

public enum CallEnding
{
    Done,
    Repeat,
    Retry,
    TooMany,
    Fail,
}
