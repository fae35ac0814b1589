using FleetChat.Core.Messaging;

namespace FleetChat.Tests.Demo;

/// <summary>A judgement that cannot fail is a defect: each of the ledger's is shown rows and a journal in which one thing is not as it should be.</summary>
public sealed class KillLedgerTests
{
    private static readonly DateTimeOffset T0 = new(2026, 3, 2, 15, 0, 0, TimeSpan.Zero);

    private static readonly Book True = new(
        [
            Message("heard", DeliveryStatus.Read, Attempt("heard", minute: 0, "accepted", closed: 0)),
            // Taken, and no word of it; then taken once more.
            Message("silent", DeliveryStatus.Delivered, Attempt("silent", minute: 0, "unknown", closed: 11), Attempt("silent again", minute: 11, "accepted", closed: 11)) with { Doubts = ["resent"] },
            // Never came to WhatsApp, which nobody could know.
            Message("lost", DeliveryStatus.Sent, Attempt("lost", minute: 0, "unknown", closed: 11), Attempt("lost again", minute: 11, "accepted", closed: 11)) with { Doubts = ["resent"] },
            // May not come twice: a dispatcher has it.
            Message("handed over", DeliveryStatus.Failed, Attempt("handed over", minute: 0, "unknown", closed: 11)) with { CanResend = false, Doubts = ["handed_over"], Ends = ["delivery_unknown"] },
            // Failed, and tried again because that was known.
            Message("failed", DeliveryStatus.Delivered, Attempt("failed", minute: 0, "accepted", closed: 0), Attempt("failed again", minute: 5, "accepted", closed: 5)),
            Message("refused", DeliveryStatus.Refused) with { Ends = ["opted_out"] },
            Message("refused by whatsapp", DeliveryStatus.Failed, Attempt("refused by whatsapp", minute: 0, "permanent", closed: 0)) with { ErrorCode = 131026 },
            Message("under way", DeliveryStatus.Accepted, Attempt("under way", minute: 30, "accepted", closed: 30)),
            Message("confirmation", DeliveryStatus.Accepted, Attempt("confirmation", minute: 30, "accepted", closed: 30)) with { Purpose = MessagePurpose.Stop },
            Message("after the start", DeliveryStatus.Accepted, Attempt("after the start", minute: 40, "accepted", closed: 40)),
        ],
        [
            Taken("heard", 0), Taken("silent", 0), Taken("silent again", 11), Taken("lost again", 11), Taken("handed over", 0), Taken("failed", 0), Taken("failed again", 5), Taken("under way", 30, seconds: 1),
            Taken("confirmation", 30, seconds: 2), Taken("after the start", 40),
        ],
        [
            Status("heard", DeliveryStatus.Read, 1), Status("heard", DeliveryStatus.Sent, 2), Status("silent", DeliveryStatus.Sent, 300), Status("silent again", DeliveryStatus.Delivered, 12),
            Status("lost again", DeliveryStatus.Sent, 12), Status("failed", DeliveryStatus.Failed, 1), Status("failed again", DeliveryStatus.Delivered, 6),
        ],
        [new(IdOf("chat"), T0.AddMinutes(30), IsStop: true), new(IdOf("chat"), T0.AddMinutes(35), IsStop: false)]);

    private static readonly (string Judgement, string Lie, Func<Book, Book> Forge)[] Lies =
    [
        ("every-message-has-an-end-with-a-reason", "its row still waits", b => b.With("heard", m => m with { Row = "waiting" })),
        ("every-message-has-an-end-with-a-reason", "nobody tried it", b => b.With("heard", m => m with { Attempts = [], Status = DeliveryStatus.Accepted })),
        ("every-message-has-an-end-with-a-reason", "it is queued for ever", b => b.With("heard", m => m with { Status = DeliveryStatus.Queued })),
        ("every-message-has-an-end-with-a-reason", "no reason is noted", b => b.With("refused", m => m with { Ends = [] })),
        ("every-message-has-an-end-with-a-reason", "no code is noted", b => b.With("refused by whatsapp", m => m with { ErrorCode = null })),
        ("whatsapp-took-nothing-but-attempts", "a call without a row", b => b with { Taken = [.. b.Taken, Taken("of nobody", 3)] }),
        ("the-best-that-was-told-stands", "it went back", b => b.With("heard", m => m with { Status = DeliveryStatus.Sent })),
        ("the-best-that-was-told-stands", "nobody told so much", b => b.With("lost", m => m with { Status = DeliveryStatus.Read })),
        ("the-best-that-was-told-stands", "a report was lost", b => b.With("lost", m => m with { Status = DeliveryStatus.Accepted })),
        ("twice-was-what-nobody-knew-of-and-may-come-twice", "its first one was heard of", b => b with { Statuses = [.. b.Statuses, Status("silent", DeliveryStatus.Sent, 9)] }),
        ("twice-was-what-nobody-knew-of-and-may-come-twice", "it may not come twice", b => b.With("silent", m => m with { CanResend = false })),
        ("twice-was-what-nobody-knew-of-and-may-come-twice", "it came a third time", b => b.With("silent", m => m with { Attempts = [.. m.Attempts, Attempt("silent once more", 22, "accepted", 22)] }) with { Taken = [.. b.Taken, Taken("silent once more", 22)] }),
        ("twice-was-what-nobody-knew-of-and-may-come-twice", "nobody had doubted it", b => b.With("heard", m => m with { Attempts = [.. m.Attempts, Attempt("heard again", 3, "accepted", 3)] }) with { Taken = [.. b.Taken, Taken("heard again", 3)] }),
        ("what-nobody-knew-of-and-may-come-twice-was-sent-again", "it was forgotten", b => b.With("silent", m => m with { Attempts = [m.Attempts[0]], Doubts = [], Status = DeliveryStatus.Accepted }).Without("silent")),
        ("each-doubt-is-counted-and-was-one", "it is not counted", b => b.With("silent", m => m with { Doubts = [] })),
        ("each-doubt-is-counted-and-was-one", "it is counted twice", b => b.With("lost", m => m with { Doubts = ["resent", "resent"] })),
        ("each-doubt-is-counted-and-was-one", "it was known", b => b.With("failed", m => m with { Doubts = ["resent"] })),
        ("as-many-are-counted-as-came-twice", "one is missing", b => b.With("silent", m => m with { Doubts = ["expired"] })),
        ("at-most-one-call-was-under-way-at-a-stop", "another one followed", b => b.With("after the start", m => m) with { Taken = [.. b.Taken.Where(t => t.Wamid != "after the start"), Taken("after the start", 31)] }),
        ("at-most-one-call-was-under-way-at-a-stop", "no START came between", b => b with { Words = [b.Words[0]] }),
    ];

    public static TheoryData<string, string> Names
    {
        get
        {
            var names = new TheoryData<string, string>();
            foreach (var (judgement, lie, _) in Lies) names.Add(judgement, lie);
            return names;
        }
    }

    [Fact]
    public void Ledger_that_is_as_it_should_be_has_no_fault() => Assert.Equal([], True.Open().Judge());

    [Fact]
    public void Each_judgement_is_lied_to() => Assert.Equal(KillLedger.Judgements.Keys.Order(StringComparer.Ordinal), Lies.Select(lie => lie.Judgement).Distinct().Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_judgement_sees_what_is_not_so(string judgement, string lie)
    {
        var ledger = Lies.Single(l => (l.Judgement, l.Lie) == (judgement, lie)).Forge(True).Open();

        Assert.NotEmpty(KillLedger.Judgements[judgement](ledger));
    }

    private static LedgerMessage Message(string name, string status, params IReadOnlyList<LedgerAttempt> attempts)
        => new("acme_001", IdOf($"message {name}"), IdOf("chat"), status, "test", ErrorCode: null, "done", CanResend: true, Purpose: null, Doubts: [], Ends: [], attempts);

    private static LedgerAttempt Attempt(string name, int minute, string outcome, int closed) => new(IdOf(name), T0.AddMinutes(minute), T0.AddMinutes(closed).AddSeconds(1), outcome);

    private static LedgerTaken Taken(string name, int minute, int seconds = 0) => new(IdOf(name), name, T0.AddMinutes(minute), T0.AddMinutes(minute).AddSeconds(seconds));

    private static LedgerStatus Status(string name, string status, int minute) => new(name, status, T0.AddMinutes(minute));

    private static Guid IdOf(string name) => new(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name)).AsSpan(0, 16));

    private sealed record Book(IReadOnlyList<LedgerMessage> Messages, IReadOnlyList<LedgerTaken> Taken, IReadOnlyList<LedgerStatus> Statuses, IReadOnlyList<LedgerWord> Words)
    {
        public KillLedger Open() => new(Messages, Taken, Statuses, Words);

        public Book With(string name, Func<LedgerMessage, LedgerMessage> change)
            => this with { Messages = [.. Messages.Select(m => m.Id == IdOf($"message {name}") ? change(m) : m)] };

        /// <summary>As if nothing had followed that first attempt.</summary>
        public Book Without(string name) => this with
        {
            Taken = [.. Taken.Where(t => t.Wamid != $"{name} again")],
            Statuses = [.. Statuses.Where(s => s.Wamid != name && s.Wamid != $"{name} again")],
        };
    }
}
