using System.Globalization;
using Microsoft.DurableTask;

namespace FleetChat.Tests.LocalRuntime.DurableApi;

public sealed class PageableTests
{
    private readonly List<(string? Token, int? Size)> _asked = [];

    [Fact]
    public async Task Values_come_in_order_across_pages_and_no_page_is_fetched_twice()
    {
        var values = new List<int>();
        await foreach (var value in Numbers(7)) values.Add(value);

        Assert.Equal([0, 1, 2, 3, 4, 5, 6], values);
        Assert.Equal([null, "3", "6"], _asked.Select(a => a.Token));
    }

    [Fact]
    public async Task Pages_begin_at_the_token_and_are_as_long_as_asked()
    {
        var pages = new List<Page<int>>();
        await foreach (var page in Numbers(7).AsPages("2", 4)) pages.Add(page);

        Assert.Equal([[2, 3, 4, 5], [6]], pages.Select(p => p.Values.ToArray()));
        Assert.Equal([("2", 4), ("6", 4)], _asked);
        Assert.Null(pages[^1].ContinuationToken);
    }

    [Fact]
    public async Task The_readers_cancellation_reaches_the_fetch()
    {
        using var source = new CancellationTokenSource();
        CancellationToken seen = default;
        var pageable = Pageable.Create((_, cancellation) =>
        {
            seen = cancellation;
            return Task.FromResult(new Page<int>([1]));
        });

        await foreach (var value in pageable.WithCancellation(source.Token)) Assert.Equal(1, value);

        Assert.Equal(source.Token, seen);
    }

    [Fact]
    public void Nothing_to_fetch_with_and_a_page_of_nothing_are_refused()
    {
        Assert.Throws<ArgumentNullException>(() => Pageable.Create((Func<string?, CancellationToken, Task<Page<int>>>)null!));
        Assert.Throws<ArgumentNullException>(() => Pageable.Create((Func<string?, int?, CancellationToken, Task<Page<int>>>)null!));
        Assert.Throws<ArgumentNullException>(() => new Page<int>(null!));
    }

    private AsyncPageable<int> Numbers(int count) => Pageable.Create((token, size, _) =>
    {
        _asked.Add((token, size));
        var start = token is null ? 0 : int.Parse(token, CultureInfo.InvariantCulture);
        var end = Math.Min(count, start + (size ?? 3));
        return Task.FromResult(new Page<int>([.. Enumerable.Range(start, end - start)], end < count ? end.ToString(CultureInfo.InvariantCulture) : null));
    });
}
