using FleetChat.Core.Data;
using FleetChat.Core.Inbox;

namespace FleetChat.Core.Drivers.Imports;

/// <summary>A driver whom a batch enrols.</summary>
/// <param name="Phone">Null: he has none.</param>
internal sealed record NewDriver(Guid Id, ImportRow Row, BatchPhone? Phone);

/// <summary>A phone that a driver of the batch gets.</summary>
/// <param name="IsNew">Nobody has it yet: its chat is to be begun.</param>
internal sealed record BatchPhone(Guid Conversation, byte[] Index, string Number, bool IsNew, bool IsStopped, bool IsForgotten);

/// <summary>What a batch has come to so far.</summary>
/// <param name="room">How many more drivers there may be.</param>
internal sealed class BatchWork(Processing processing, Import import, Roster roster, int room)
{
    private readonly Dictionary<string, BatchPhone> _phones = [];
    private readonly Dictionary<string, HashSet<Guid?>> _holders = [];
    private readonly HashSet<long> _subjects = [];
    private int _room = room;

    public Processing Processing => processing;

    public Import Import => import;

    public Roster Roster => roster;

    public bool IsDryRun => import.Settings.DryRun;

    public bool IsOfRoster => import.Settings.Source == ImportSettings.Samsara;

    public List<ImportResult> Results { get; } = [];

    public List<NewDriver> New { get; } = [];

    /// <summary>Phones that nobody has yet.</summary>
    public BatchPhone[] NewPhones => [.. _phones.Values.Where(p => p.IsNew)];

    /// <summary>What is done of known drivers once the new ones are written: the row's place in the batch, and what becomes of its result.</summary>
    public List<(int At, Func<ImportResult, CancellationToken, Task<ImportResult>> FinishAsync)> Later { get; } = [];

    public OutcomeCounts Counts => new(Count(ImportResult.Added), Count(ImportResult.Changed), Count(ImportResult.Unchanged), Count(ImportResult.Refused));

    public bool TryTakePlace() => _room-- > 0;

    /// <returns>Whether an earlier row, of this batch or one before it, was about the same driver: the first one counts, whatever becomes of it.</returns>
    public (long Hash, bool IsTaken) TakeSubject(string samsaraId)
    {
        var hash = ImportRow.HashOf(processing.Key, samsaraId);
        return (hash, !_subjects.Add(hash) || roster.HadBefore(hash));
    }

    /// <summary>Whether an earlier row of this batch has this row's phone.</summary>
    public bool HadPhone(ImportRow row) => row.Phone.Number is { } number && _phones.ContainsKey(number.E164);

    /// <summary>The phone of a row, whose chat there will be.</summary>
    public BatchPhone PhoneOf(ImportRow row)
    {
        var (index, number) = (row.PhoneIndex!, row.Phone.Number!.Value.E164);
        if (_phones.TryGetValue(number, out var phone)) return phone;
        return _phones[number] = roster.FindPhone(index) is { } known
            ? new(known.Conversation, index, number, IsNew: false, known.IsStopped, known.IsForgotten)
            : new(processing.Time.NewId(), index, number, IsNew: true, IsStopped: false, IsForgotten: false);
    }

    /// <param name="driver">Who has it by this row; null: somebody new.</param>
    /// <returns>Whether somebody else has it too, in the roster or by an earlier row.</returns>
    public bool TakePhone(byte[] index, Guid? driver)
    {
        var name = Convert.ToHexString(index);
        if (!_holders.TryGetValue(name, out var holders)) _holders[name] = holders = [];
        var isTaken = holders.Any(h => h is null || h != driver);
        holders.Add(driver);
        return isTaken || roster.HadPhoneBefore(index) || (roster.FindPhone(index) is { Drivers: > 0 } phone && (phone.Only is not { } only || only != driver));
    }

    private int Count(string outcome) => Results.Count(r => r.Outcome == outcome);
}
