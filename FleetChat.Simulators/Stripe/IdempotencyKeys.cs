namespace FleetChat.Simulators.Stripe;

/// <param name="Body">JSON, as it went out.</param>
internal sealed record StripeAnswer(int Status, string Body, string RequestId);

/// <summary>What was answered under which key, for 24 hours of business time. After them a key is as if it had never been used.</summary>
internal sealed class IdempotencyKeys
{
    private static readonly TimeSpan Life = TimeSpan.FromHours(24);

    private readonly Dictionary<string, Kept> kept = [];
    private readonly Queue<(DateTimeOffset Until, string Key, Kept Entry)> oldest = new();

    /// <returns>The answer that is kept for it; null: the call is to be carried out, and then <see cref="End"/>.</returns>
    public StripeAnswer? Begin(string key, string fingerprint, DateTimeOffset now)
    {
        Forget(now);
        if (kept.TryGetValue(key, out var known))
        {
            if (known.Fingerprint != fingerprint) throw StripeErrorException.OtherParameters(key);
            return known.Answer ?? throw StripeErrorException.KeyInUse(key);
        }
        kept[key] = new(fingerprint);
        oldest.Enqueue((now + Life, key, kept[key]));
        return null;
    }

    /// <param name="answer">Null: nothing was carried out, so the key is free again.</param>
    public void End(string key, StripeAnswer? answer)
    {
        if (answer is null)
            kept.Remove(key);
        else
            kept[key].Answer = answer;
    }

    private void Forget(DateTimeOffset now)
    {
        while (oldest.TryPeek(out var first) && first.Until <= now && (first.Entry.Answer is not null || kept.GetValueOrDefault(first.Key) != first.Entry))
        {
            oldest.Dequeue();
            if (kept.GetValueOrDefault(first.Key) == first.Entry)
                kept.Remove(first.Key);
        }
    }

    private sealed class Kept(string fingerprint)
    {
        public string Fingerprint => fingerprint;

        /// <summary>Null while the call is being carried out.</summary>
        public StripeAnswer? Answer { get; set; }
    }
}
