using FleetChat.Core.Data;
using FleetChat.Core.Security;

namespace FleetChat.Tests.Security;

public sealed class IdempotencyKeysTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private static readonly byte[] Request = "POST /api/x {}"u8.ToArray();

    private IdempotencyKeys Keys => api.Host.Get<IdempotencyKeys>();

    [Fact]
    public async Task Repeat_gets_the_first_ones_answer()
    {
        Assert.IsType<IdempotencyClaim.First>(await ClaimAsync("repeat"));
        await Keys.AnswerAsync(api.A.Tenant, "repeat", 202, "the answer"u8.ToArray(), CancellationToken.None);

        var repeated = Assert.IsType<IdempotencyClaim.Answered>(await ClaimAsync("repeat"));

        Assert.Equal(202, repeated.StatusCode);
        Assert.Equal("the answer"u8.ToArray(), repeated.Response);
    }

    [Fact]
    public async Task Answer_is_stored_encrypted()
    {
        await ClaimAsync("sealed");
        await Keys.AnswerAsync(api.A.Tenant, "sealed", 200, "a driver's words"u8.ToArray(), CancellationToken.None);

        var stored = await api.Host.Database.ScalarAsAdminAsync<byte[]>("select response from fleet.idempotency_keys where key = 'sealed'");

        Assert.Equal(-1, stored.AsSpan().IndexOf("driver"u8));
    }

    [Fact]
    public async Task Key_that_is_shown_with_another_request_is_refused_before_and_after_the_answer()
    {
        await ClaimAsync("reused");
        Assert.IsType<IdempotencyClaim.Reused>(await ClaimAsync("reused", "other"u8.ToArray()));

        await Keys.AnswerAsync(api.A.Tenant, "reused", 200, [], CancellationToken.None);
        Assert.IsType<IdempotencyClaim.Reused>(await ClaimAsync("reused", "other"u8.ToArray()));
    }

    [Fact]
    public async Task While_the_first_is_at_work_a_repeat_has_to_wait()
    {
        await ClaimAsync("running");

        Assert.IsType<IdempotencyClaim.Running>(await ClaimAsync("running"));
    }

    [Fact]
    public async Task Key_of_a_request_that_died_is_taken_over_once_with_the_same_effect()
    {
        var first = Assert.IsType<IdempotencyClaim.First>(await ClaimAsync("died"));
        await AgeAsync("died", "61 seconds");

        var claims = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ClaimAsync("died")));

        Assert.Equal(first, Assert.Single(claims.OfType<IdempotencyClaim.First>()));
        Assert.Equal(3, claims.OfType<IdempotencyClaim.Running>().Count());
    }

    [Fact]
    public async Task Key_that_died_is_not_taken_over_by_another_request()
    {
        await ClaimAsync("died-other");
        await AgeAsync("died-other", "61 seconds");

        Assert.IsType<IdempotencyClaim.Reused>(await ClaimAsync("died-other", "other"u8.ToArray()));
    }

    [Fact]
    public async Task Key_is_kept_for_a_day()
    {
        await ClaimAsync("of-today");
        await Keys.AnswerAsync(api.A.Tenant, "of-today", 200, [], CancellationToken.None);
        await AgeAsync("of-today", "23 hours");

        Assert.IsType<IdempotencyClaim.Answered>(await ClaimAsync("of-today"));
    }

    [Fact]
    public async Task Key_is_forgotten_after_a_day_and_then_has_an_effect_of_its_own()
    {
        var first = Assert.IsType<IdempotencyClaim.First>(await ClaimAsync("old"));
        await Keys.AnswerAsync(api.A.Tenant, "old", 200, [], CancellationToken.None);
        await AgeAsync("old", "25 hours");

        var later = Assert.IsType<IdempotencyClaim.First>(await ClaimAsync("old", "other"u8.ToArray()));

        Assert.NotEqual(first.EffectKey, later.EffectKey);
    }

    [Fact]
    public async Task Two_tenants_use_the_same_key_without_noticing()
    {
        await ClaimAsync("shared");

        Assert.IsType<IdempotencyClaim.First>(await Keys.ClaimAsync(api.B.Tenant, "shared", Request, CancellationToken.None));
    }

    private Task<IdempotencyClaim> ClaimAsync(string key, byte[]? request = null)
        => Keys.ClaimAsync(api.A.Tenant, key, request ?? Request, CancellationToken.None);

    private Task AgeAsync(string key, string age) => api.Host.Database.ExecuteAsAdminAsync("""
        update fleet.idempotency_keys
        set created_at = now() - $2::interval
        where key = $1
        """, P.Text(key), P.Text(age));
}
