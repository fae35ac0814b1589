using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using FleetChat.Core;
using FleetChat.Core.Restores;
using Microsoft.Extensions.DependencyInjection;

namespace FleetChat.Functions.Restores;

/// <summary>What stands behind <c>restore</c> on a command line.</summary>
/// <param name="Verb"><c>begin</c>, <c>status</c> or <c>end</c>.</param>
public sealed record RestoreOptions(string Verb)
{
    /// <summary>Of begin: the last moment that the database knows of.</summary>
    public DateTimeOffset? RestoredTo { get; init; }

    /// <summary>Of begin: so many numbers of each series of invoices are not given; null: by the number of companies.</summary>
    public int? Numbers { get; init; }

    /// <summary>Of begin: although no anchor of the audit trails is left.</summary>
    public bool WithoutAnchors { get; init; }

    /// <summary>Of end: although not all has been looked through, or what was found is not told yet.</summary>
    public bool Anyway { get; init; }

    public bool Json { get; init; }

    /// <param name="arguments">Behind <c>restore</c>.</param>
    /// <exception cref="FormatException">Not understood.</exception>
    public static RestoreOptions Read(string[] arguments)
    {
        if (arguments is not [("begin" or "status" or "end") and var verb, .. var rest]) throw new FormatException("'restore' needs one of begin, status and end.");
        var read = new RestoreOptions(verb);
        for (var at = 0; at < rest.Length; at++)
        {
            read = (verb, rest[at]) switch
            {
                (_, "--json") => read with { Json = true },
                ("end", "--anyway") => read with { Anyway = true },
                ("begin", "--no-anchors") => read with { WithoutAnchors = true },
                ("begin", "--to") => read with { RestoredTo = Moment(Value(rest, ref at)) },
                ("begin", "--numbers") => read with { Numbers = Count(Value(rest, ref at)) },
                _ => throw new FormatException($"'restore {verb}' does not know '{rest[at]}'."),
            };
        }
        return verb == "begin" && read.RestoredTo is null ? throw new FormatException("'restore begin' needs --to: the moment that the database was restored to, such as 2026-03-02T15:00:00Z.") : read;
    }

    private static string Value(string[] rest, ref int at) => ++at < rest.Length ? rest[at] : throw new FormatException($"'{rest[at - 1]}' needs a value.");

    // One that names no zone is another moment on another machine; hours too late, and what was sent in them is sent again.
    private static DateTimeOffset Moment(string text)
        => DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var moment) && moment.Kind != DateTimeKind.Unspecified
            ? new DateTimeOffset(moment).ToUniversalTime()
            : throw new FormatException("'--to' needs a time with Z or an offset, such as 2026-03-02T15:00:00Z.");

    private static int Count(string text)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= 1_000_000 ? count : throw new FormatException("'--numbers' needs a number up to 1,000,000.");
}

/// <summary>Marks a restored database, shows how the restore stands, and ends it: the package's own work, in a job or by hand, without a host.</summary>
public static class RestoreJob
{
    private static readonly JsonSerializerOptions s_json = new(PublicJson.Options) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) } };

    /// <param name="core">Core's services on the restored database, with the secret store and the anchors that are not in it.</param>
    /// <param name="actor">Who does it, as an id.</param>
    /// <returns>The exit code: 1 where the restore did not begin or end, or there is none to end.</returns>
    public static async Task<int> RunAsync(IServiceProvider core, RestoreOptions options, string actor, TextWriter output, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(output);
        if (options is { Verb: "begin", RestoredTo: { } restoredTo })
        {
            if (restoredTo > core.GetRequiredService<TimeProvider>().GetUtcNow()) throw new FormatException("'--to' is still to come.");
            var begun = await core.GetRequiredService<BeginRestore>().HandleAsync(new(restoredTo, options.Numbers, actor, options.WithoutAnchors), ct);
            if (!begun.IsOk)
            {
                await output.WriteLineAsync(begun.Error.Message);
                return 1;
            }
        }
        var view = options.Verb == "end" ? await core.GetRequiredService<EndRestore>().HandleAsync(new(options.Anyway, actor), ct) : await core.GetRequiredService<GetRestore>().HandleAsync(ct);
        if (options.Json) await output.WriteLineAsync(JsonSerializer.Serialize(view, s_json));
        else await WriteAsync(view, options.Verb, output);
        return options.Verb == "end" && view?.EndedAt is null ? 1 : 0;
    }

    private static async Task WriteAsync(RestoreView? view, string verb, TextWriter output)
    {
        if (view is null)
        {
            // Who marks a healthy one stops all sending.
            await output.WriteLineAsync(verb == "end" ? "No restore is open." : "No restore is under way, and nothing is to be done. 'restore begin' is only for a database that was put back to an earlier moment, before it is started again.");
            return;
        }
        await output.WriteLineAsync($"Restore {view.Id} to {Say(view.RestoredTo)}, begun {Say(view.BegunAt)}: {(view.EndedAt is { } ended ? $"ended {Say(ended)}." : "open, nothing is sent.")}");
        foreach (var gap in view.NumberGaps) await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"Numbers that are not given: {gap.Series}-{gap.DataRegion} {gap.First} to {gap.Last}."));
        foreach (var company in view.Companies) await WriteAsync(company, output);
        if (view.EndedAt is null) await output.WriteLineAsync(NextOf(view));
    }

    private static string NextOf(RestoreView view) => view switch
    {
        { IsLookedThrough: false } => "Not all has been looked through. Let the hosts work on, or end it with --anyway: what Samsara shows later is told then, though it may have been told before.",
        { EndsFrom: { } from } => $"All that can settle a doubt by itself has been looked at. What was found is told by {Say(from)}: from then on 'restore end' gives the rest to the dispatchers, and sending goes on.",
        _ => "All that can settle a doubt by itself has been looked at.",
    };

    private static async Task WriteAsync(RestoredCompany company, TextWriter output)
    {
        var ends = company.Messages.CountBy(message => message.End).ToDictionary();
        var awaits = $"{(company.Unread + company.Due > 0 ? $"; {company.Unread + company.Due} not worked on yet" : "")}{(company.NotLookedAt.Count > 0 ? $"; not gone through since: {string.Join(", ", company.NotLookedAt)}" : "")}{(company.Refused.Count > 0 ? $"; Samsara refuses the token for: {string.Join(", ", company.Refused)}" : "")}";
        await output.WriteLineAsync($"{company.Tenant}: {Count(DoubtEnd.Open)} doubtful, {Count(DoubtEnd.Sent)} sent, {Count(DoubtEnd.Failed)} failed, {Count(DoubtEnd.Expired)} expired, {Count(DoubtEnd.HandedOver)} given to the dispatchers{awaits}");
        foreach (var message in company.Messages.Where(message => message.End is DoubtEnd.Open or DoubtEnd.HandedOver))
        {
            var about = $"{(message.Driver is { } driver ? $", driver {driver}" : "")}{(message.Transport is { } transport ? $", transport {transport}" : "")}";
            await output.WriteLineAsync($"    {message.Id} {message.Rule}{about}, {(message.IsNew ? "found" : "queued")} {Say(message.QueuedAt)}{(message.ValidUntil is { } until ? $", valid until {Say(until)}" : "")}: {(message.End == DoubtEnd.Open ? "doubtful" : "given to a dispatcher")}");
        }

        int Count(DoubtEnd end) => ends.GetValueOrDefault(end);
    }

    private static string Say(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
