using FleetChat.Simulators.Hosting;

namespace FleetChat.Simulators.WhatsApp;

/// <summary>Ends the reviews of submitted templates when the business clock says so, and tells it by webhook.</summary>
internal sealed class TemplateReviews : IAsyncDisposable
{
    // Looking, not waiting: the business clock may jump at any moment of real time.
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);

    private readonly WhatsAppState state;
    private readonly WhatsAppPeople people;
    private readonly TimeProvider clock;
    private readonly PeriodicTimer timer = new(Glance);
    private readonly Task loop;

    public TemplateReviews(WhatsAppState state, WhatsAppPeople people, TimeProvider clock)
    {
        (this.state, this.people, this.clock) = (state, people, clock);
        loop = Task.Run(LoopAsync);
    }

    public async ValueTask DisposeAsync()
    {
        timer.Dispose();
        await loop;
    }

    private async Task LoopAsync()
    {
        while (await timer.WaitForNextTickAsync())
        {
            if (clock is HostClock host && AnyPending())
                await host.RefreshAsync(CancellationToken.None);
            EndDueReviews();
        }
    }

    private bool AnyPending()
    {
        lock (state.Gate)
            return state.Wabas.Exists(waba => waba.Templates.Exists(template => template.ReviewedAt is not null));
    }

    private void EndDueReviews()
    {
        lock (state.Gate)
        {
            var now = clock.GetUtcNow();
            foreach (var waba in state.Wabas)
            {
                foreach (var template in waba.Templates.Where(template => template.ReviewedAt <= now))
                    End(waba, template);
            }
        }
    }

    private void End(Waba waba, Template template)
    {
        template.ReviewedAt = null;
        var rules = state.Reviews.FindAll(found => found.Name == template.Name);
        var rule = rules.Find(found => found.WabaId == waba.Id) ?? rules.Find(found => found.WabaId is null);
        template.Status = rule?.Verdict == Verdict.Reject ? "REJECTED" : "APPROVED";
        template.RejectedReason = rule?.Verdict == Verdict.Reject ? rule.Reason ?? "INVALID_FORMAT" : null;
        if (rule?.Verdict == Verdict.Recategorise)
        {
            var previous = template.Category;
            template.Category = rule.Category ?? "MARKETING";
            people.TemplateRecategorised(waba, template, previous);
        }
        people.TemplateChanged(waba, template);
    }
}
