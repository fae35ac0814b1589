using FleetChat.LocalRuntime.Durable;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Converters;
using Microsoft.Extensions.Logging.Abstractions;

namespace FleetChat.Tests.LocalRuntime.Durable.Model;

/// <summary>
/// One instance of the model's world: each of its turns runs in the plain interpreter, and three times in the engine's code,
/// which has only the history as JSON to know the past from.
/// </summary>
internal sealed class Actor(OrchestrationInfo info, Func<string, Plan> planOf, TimeSpan unit)
{
    private static readonly ReplayOptions Options = ReplayOptions.Default;
    private readonly PlanOrchestrator _code = new(planOf, unit);
    private readonly List<(string News, List<PlannedAction> Actions)> _turns = [];
    private List<HistoryEvent> _carried = [];
    private string _past = "[]";
    private PlainRun _plain = PlainOf(info, planOf, unit);

    public OrchestrationInfo Info { get; private set; } = info;

    public int Generation { get; private set; }

    public (Actor Actor, int Generation, int Task)? Parent { get; init; }

    public List<HistoryEvent> Mail { get; } = [];

    public SortedDictionary<int, DateTime> Timers { get; } = [];

    /// <summary>Of the present generation.</summary>
    public int Turns => _turns.Count;

    public bool HasBegun => _turns.Count > 0;

    public bool HasEnded { get; private set; }

    public bool IsSuspended => _plain.IsSuspended;

    public IEnumerable<string> Awaited => _plain.Awaited;

    public TurnResult Turn(DateTime now, IEnumerable<HistoryEvent> taken)
    {
        var news = new List<HistoryEvent> { new() { Kind = EventKind.TurnStarted, Time = now } };
        if (!HasBegun) news.AddRange([new() { Kind = EventKind.Started, Name = Info.Name }, .. _carried]);
        news.AddRange(taken);
        var json = HistoryJson.Write(news);

        var result = Run(_past, json);
        var text = Words.Of(result).Text();
        Assert.Equal(_plain.Turn(now, news).Text(), text);
        Assert.Equal(text, Words.Of(Run(_past, json)).Text());

        _turns.Add((json, result.Actions));
        _past = HistoryJson.Write([.. HistoryJson.ReadEvents(_past), .. news, .. result.Actions.Select(a => a.ToEvent())]);
        ReplayAll();
        HasEnded = result.Ending is not (null or Ending.Continued);
        if (result.Ending is Ending.Continued next) Renew(next);
        return result;
    }

    /// <summary>The whole history once more: each of its turns does now what it did then.</summary>
    private void ReplayAll()
    {
        var past = new List<HistoryEvent>();
        foreach (var (news, actions) in _turns)
        {
            var result = Run(HistoryJson.Write(past), news);
            Assert.Equal(actions.Select(Words.Of), result.Actions.Select(Words.Of));
            past.AddRange([.. HistoryJson.ReadEvents(news), .. result.Actions.Select(a => a.ToEvent())]);
        }
    }

    /// <summary>Code that was changed meanwhile meets the history, but for its last turn, and has one more turn.</summary>
    /// <returns>What it came to, and whether the plain interpretation of the changed plan asks for something else than what is written down.</returns>
    public (TurnResult Result, bool IsOther) ReplayChanged(Func<string, Plan> changed)
    {
        var (past, plain, isOther) = (new List<HistoryEvent>(), PlainOf(Info, changed, unit), false);
        foreach (var (news, recorded) in _turns.SkipLast(1))
        {
            var events = HistoryJson.ReadEvents(news);
            plain.Turn(events[0].Time!.Value, events);
            isOther |= !plain.Asked.Select(Kind).SequenceEqual(recorded.Select(Kind));
            past.AddRange([.. events, .. recorded.Select(r => r.ToEvent())]);
        }
        var turn = new OrchestrationTurn(Info, past, [new() { Kind = EventKind.TurnStarted, Time = past.LastOrDefault()?.Time ?? DateTime.UnixEpoch }], Options, NullLoggerFactory.Instance);
        turn.Run(new PlanOrchestrator(changed, unit).RunAsync);
        return (turn.Result!, isOther);
    }

    private static (int, EventKind, string) Kind(PlannedAction action) => (action.Id, action.Kind, action.Name.ToUpperInvariant());

    private void Renew(Ending.Continued next)
    {
        Info = Info with { Input = next.Input, Version = next.Version };
        (_carried, _past) = (next.Carried, "[]");
        _turns.Clear();
        Generation++;
        Mail.RemoveAll(m => m.Kind != EventKind.EventRaised);
        _plain = PlainOf(Info, planOf, unit);
    }

    private TurnResult Run(string past, string news)
    {
        var turn = new OrchestrationTurn(Info, HistoryJson.ReadEvents(past), HistoryJson.ReadEvents(news), Options, NullLoggerFactory.Instance);
        turn.Run(_code.RunAsync);
        return turn.Result!;
    }

    private static PlainRun PlainOf(OrchestrationInfo info, Func<string, Plan> planOf, TimeSpan unit)
    {
        var input = (PlanInput)JsonDataConverter.Default.Deserialize(info.Input, typeof(PlanInput))!;
        return new(info.Id, input, planOf(input.Key), unit);
    }
}
