using CsCheck;
using FleetChat.Core.Billing.Rating;
using FleetChat.Tests.Postgres;
using Npgsql;

namespace FleetChat.Tests.Billing.Rating;

/// <summary>Two ratings that share nothing but the rules agree to the minor unit. FLEETCHAT_TEST_SIZE=long tries 100,000 months.</summary>
public sealed class SqlRatingTests
{
    private const int AtOnce = 500;
    private static readonly int Rounds = (Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long" ? 100_000 : 2_000) / AtOnce;

    [Fact]
    public async Task A_rating_in_plain_SQL_agrees_with_ours()
    {
        await using var database = await TestDatabase.EmptyAsync("rating");
        await using var source = NpgsqlDataSource.Create(database.Admin);
        await RandomMonths.All.Array[AtOnce].SampleAsync(months => AssertAgreesAsync(source, months), iter: Rounds, threads: 2);
    }

    [Fact]
    public async Task A_rating_in_plain_SQL_agrees_with_what_was_worked_out_by_hand()
    {
        await using var database = await TestDatabase.EmptyAsync("rating");
        await using var source = NpgsqlDataSource.Create(database.Admin);
        await using var connection = await source.OpenConnectionAsync();
        Assert.Equal(RatingCases.All.Select(c => c.Sums), await SqlRating.RateAsync(connection, [.. RatingCases.All.Select(c => c.Input)]));
    }

    private static async Task AssertAgreesAsync(NpgsqlDataSource source, RatingInput[] months)
    {
        await using var connection = await source.OpenConnectionAsync();
        var bySql = await SqlRating.RateAsync(connection, months);
        foreach (var (month, sums) in months.Zip(bySql)) Assert.Equal(sums, Sums.Of(RateUsage.Of(month)));
        Assert.Equal(months.Length, bySql.Count);
    }
}
