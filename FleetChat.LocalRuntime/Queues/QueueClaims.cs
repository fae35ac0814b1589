using FleetChat.LocalRuntime.Hosting;

namespace FleetChat.LocalRuntime.Queues;

/// <summary>Claims messages for this process and sees to it that those, and only those, stay claimed that it really holds.</summary>
internal sealed class QueueClaims(QueueStore store, HostPresence presence)
{
    /// <summary>Shorter than any lease: what was answered sooner cannot have been taken away meanwhile.</summary>
    private static readonly TimeSpan Doubtful = TimeSpan.FromSeconds(2);
    private readonly HeldMessages _held = new();

    /// <summary>Called when claims may have been made whose answer was lost.</summary>
    public Action? OnLost { get; set; }

    public Task<List<ClaimedMessage>> ClaimAsync(string[] queues, int[] most)
        => HoldAsync(claim => store.ClaimAsync(new(presence.HostId, claim), queues, most, CancellationToken.None));

    /// <inheritdoc cref="QueueStore.InsertAsync"/>
    public Task<List<ClaimedMessage>> InsertAsync(List<NewMessage> messages, string[] tellOthersOf)
        => HoldAsync(claim => store.InsertAsync(messages, new(presence.HostId, claim), tellOthersOf, CancellationToken.None));

    /// <summary>The message is settled, or given up.</summary>
    public void Forget(ClaimedMessage message) => _held.Forget(message);

    /// <summary>Renews what this process holds, and puts back what is claimed for it without its knowledge.</summary>
    /// <returns>The queues that got messages back.</returns>
    public Task<List<string>> ReconcileAsync() => store.ReconcileAsync(presence.HostId, _held.Snapshot(), CancellationToken.None);

    /// <summary>Not cancelled by anybody: a claim whose answer is thrown away would have to be found and put back.</summary>
    private async Task<List<ClaimedMessage>> HoldAsync(Func<long, Task<List<ClaimedMessage>>> store)
    {
        var claim = _held.BeginClaim();
        List<ClaimedMessage> claimed = [];
        try
        {
            var began = TimeProvider.System.GetTimestamp();
            var answer = await store(claim);

            // A process that was paused in between may have been taken for dead.
            claimed = answer.Count > 0 && TimeProvider.System.GetElapsedTime(began) > Doubtful ? await StillHeldAsync(answer) : answer;
            return claimed;
        }
        catch
        {
            OnLost?.Invoke();
            throw;
        }
        finally
        {
            _held.EndClaim(claim, claimed);
        }
    }

    private async Task<List<ClaimedMessage>> StillHeldAsync(List<ClaimedMessage> claimed)
    {
        var held = await store.ListHeldAsync(claimed[0].Claim, CancellationToken.None);
        return claimed.FindAll(m => held.Contains(m.Id));
    }
}
