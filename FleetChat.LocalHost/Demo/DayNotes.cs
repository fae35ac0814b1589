using FleetChat.LocalHost.Demo.Months;
using FleetChat.LocalHost.Hosting;

namespace FleetChat.LocalHost.Demo;

/// <summary>What the script did, for the expectations: ids as the simulators gave them, and answers as the API gave them.</summary>
internal sealed class DayNotes
{
    /// <summary>How each company's onboarding was shown to its admin while it went on, by the company's id.</summary>
    public IDictionary<string, IReadOnlyList<ApiOnboarding>> OnboardingSeen { get; } = new Dictionary<string, IReadOnlyList<ApiOnboarding>>();

    /// <summary>Of the real clock, as <see cref="System.Diagnostics.Stopwatch"/> counts.</summary>
    public long Registered { get; set; }

    /// <summary>Real time, from the registration to a delivered message.</summary>
    public TimeSpan? BroughtInWithin { get; set; }

    public string RedeliveredEvent { get; set; } = "";

    public string FirstEventOfFact { get; set; } = "";

    public string SecondEventOfFact { get; set; } = "";

    public string? RedeliveredTap { get; set; }

    public string? TapInOnePost { get; set; }

    public string? OtherTapInOnePost { get; set; }

    /// <summary>Written on the shared phone, answering nothing.</summary>
    public string SharedText { get; set; } = "";

    /// <summary>Ana's STOP.</summary>
    public string Stop { get; set; } = "";

    public string Photo { get; set; } = "";

    public string Place { get; set; } = "";

    public string FreeText { get; set; } = "";

    /// <summary>What waited for the freight company's dispatchers before they looked.</summary>
    public IReadOnlyList<ApiEntry> FreightWaited { get; set; } = [];

    public IReadOnlyList<ApiEntry> CargoWaited { get; set; } = [];

    /// <summary>The dispatcher's answer to a driver who had written.</summary>
    public Guid TextToDriver { get; set; }

    /// <summary>The dispatcher's message to a driver who never wrote.</summary>
    public Guid NoteToDriver { get; set; }

    /// <summary>What still waited of a conversation after it was marked as handled.</summary>
    public int LeftAfterHandled { get; set; } = -1;

    /// <summary>Stops that were not yet done after only the other driver of the shared phone had tapped.</summary>
    public string? RosasStopAfterJacksTap { get; set; }

    public string? JacksStopAfterJacksTap { get; set; }

    /// <summary>Lucía's word.</summary>
    public string AcceptedByWord { get; set; } = "";

    /// <summary>Gus's, on a trip that is Hana's by then.</summary>
    public string? TapOnReassigned { get; set; }

    /// <summary>Iris's.</summary>
    public string? TapOnCancelled { get; set; }

    /// <summary>Sofía's, on a trip that is Tomás's by then.</summary>
    public string? TapOnSwapped { get; set; }

    /// <summary>What the API said of a message to Omar while he drove.</summary>
    public string? HeldBecause { get; set; }

    /// <summary>Business time.</summary>
    public DateTimeOffset OmarStopped { get; set; }

    /// <summary>Kai's.</summary>
    public IReadOnlyList<string> FourPhotos { get; set; } = [];

    /// <summary>Business time.</summary>
    public DateTimeOffset SamsaraAwayFrom { get; set; }

    public DateTimeOffset SamsaraAwayUntil { get; set; }

    public DateTimeOffset WhatsAppAwayFrom { get; set; }

    public DateTimeOffset WhatsAppAwayUntil { get; set; }

    /// <summary>Messages of the last arrivals that WhatsApp had when the host was killed.</summary>
    public int TakenAtKill { get; set; }

    /// <summary>What the API gave for those who begin themselves, by name.</summary>
    public IDictionary<string, ApiInvitation> Invitations { get; } = new Dictionary<string, ApiInvitation>();

    /// <summary>Zoe's code, in the chat with another company.</summary>
    public string CodeInWrongChat { get; set; } = "";

    /// <summary>Where Zoe stood after that.</summary>
    public string? ZoeAfterWrongChat { get; set; }

    /// <summary>Wade's code, from somebody else.</summary>
    public string UsedCode { get; set; } = "";

    /// <summary>Business time.</summary>
    public DateTimeOffset Asked { get; set; }

    /// <summary>Messages to Walt that waited when he wrote STOP.</summary>
    public IReadOnlyList<Guid> WaitedForWalt { get; set; } = [];

    public string WaltsStop { get; set; } = "";

    public string StansStop { get; set; } = "";

    public string StansStart { get; set; } = "";

    /// <summary>The records of consent when the first day of them was over, by name.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<ApiConsentEntry>> RecordsOfFirstDay { get; set; } = new Dictionary<string, IReadOnlyList<ApiConsentEntry>>();

    /// <summary>Of the month before it ended, by the company's id.</summary>
    public IDictionary<string, ApiInvoice> Previews { get; } = new Dictionary<string, ApiInvoice>();

    /// <summary>The states of its invoices when it had ended, by the company's id.</summary>
    public IDictionary<string, IReadOnlyList<string>> Drafts { get; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>Questions with the wrong key that got the wrong answer.</summary>
    public IList<string> NotRefused { get; } = [];

    /// <summary>Foreign ids that were answered otherwise than missing ones.</summary>
    public IList<string> ForeignIdsTold { get; } = [];
}
