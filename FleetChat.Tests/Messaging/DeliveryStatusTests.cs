using CsCheck;
using FleetChat.Core.Messaging;

namespace FleetChat.Tests.Messaging;

/// <summary>A message's statuses, in whatever order they come. FLEETCHAT_TEST_SIZE=long tries 100,000 orders.</summary>
public sealed class DeliveryStatusTests
{
    private static readonly int Orders = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long" ? 100_000 : 1000;

    private static readonly string[] Known =
    [
        DeliveryStatus.Queued, DeliveryStatus.Accepted, DeliveryStatus.Sent, DeliveryStatus.Failed, DeliveryStatus.Delivered, DeliveryStatus.Read, DeliveryStatus.Played,
    ];

    private static readonly Gen<(string[] Came, string[] Shuffled)> Statuses =
        Gen.Int[0, 6].Select(i => Known[i]).Array[1, 12].SelectMany(came => Gen.Shuffle(came).Select(shuffled => (came, shuffled)));

    [Fact]
    public void Any_order_ends_in_the_same_status() => Statuses.Sample(s => Assert.Equal(End(s.Came), End(s.Shuffled)), iter: Orders);

    [Fact]
    public void What_comes_twice_changes_nothing() => Statuses.Sample(s => Assert.Equal(End(s.Came), End([.. s.Came, .. s.Shuffled])), iter: Orders);

    // What proves the most is enough, whatever is missing before it.
    [Fact]
    public void What_is_missing_on_the_way_to_the_end_changes_nothing()
        => Statuses.Sample(s => Assert.Equal(End(s.Came), End([.. s.Shuffled.Where((status, i) => i % 2 == 0 || status == End(s.Came))])), iter: Orders);

    // The answer to the call that sent it may come after them all.
    [Fact]
    public void Answer_that_comes_after_the_reports_changes_nothing()
        => Statuses.Sample(s => Assert.Equal(End([DeliveryStatus.Accepted, .. s.Came]), End([.. s.Shuffled, DeliveryStatus.Accepted])), iter: Orders);

    [Fact]
    public void What_failed_and_was_delivered_is_delivered_and_what_failed_after_it_was_sent_has_failed() => Statuses.Sample(s =>
    {
        var end = End([.. s.Came, DeliveryStatus.Failed]);
        Assert.Equal(s.Came.Any(DeliveredOrBetter), DeliveredOrBetter(end));
        Assert.True(DeliveredOrBetter(end) || end == DeliveryStatus.Failed);
        Assert.True(DeliveredOrBetter(End([.. s.Shuffled, DeliveryStatus.Failed, DeliveryStatus.Delivered])));
    }, iter: Orders);

    private static bool DeliveredOrBetter(string status) => DeliveryStatus.Rank(status) > DeliveryStatus.Rank(DeliveryStatus.Failed);

    [Fact]
    public void No_status_goes_backwards() => Statuses.Sample(s =>
    {
        var status = DeliveryStatus.Queued;
        foreach (var reported in s.Came)
        {
            var next = Next(status, reported);
            Assert.True(DeliveryStatus.Rank(next) >= DeliveryStatus.Rank(status));
            status = next;
        }
    }, iter: Orders);

    private static string End(IEnumerable<string> statuses) => statuses.Aggregate(DeliveryStatus.Queued, Next);

    private static string Next(string from, string to) => new StatusOrder().Advances(from, to) ? to : from;
}
