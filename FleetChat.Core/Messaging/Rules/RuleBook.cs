using System.Collections.Frozen;
using System.Text.Json;

namespace FleetChat.Core.Messaging.Rules;

/// <summary>A tenant's rules: the defaults of this build with what the tenant has changed.</summary>
public sealed class RuleBook
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>In the order of a transport's life.</summary>
    public static readonly IReadOnlyList<MessageRule> Defaults = Load();

    public static readonly RuleBook Default = new(new Dictionary<string, RuleChange>());

    private readonly FrozenDictionary<string, MessageRule> _rules;

    private RuleBook(IReadOnlyDictionary<string, RuleChange> changes)
    {
        Changes = changes;
        All = [.. Defaults.Select(rule => rule.With(changes.GetValueOrDefault(rule.Id)))];
        _rules = All.ToFrozenDictionary(rule => rule.Id);
    }

    public IReadOnlyDictionary<string, RuleChange> Changes { get; }

    public IReadOnlyList<MessageRule> All { get; }

    public MessageRule RouteAssigned => _rules["route_assigned"];

    public MessageRule RouteChanged => _rules["route_changed"];

    public MessageRule RouteReassigned => _rules["route_reassigned"];

    public MessageRule RouteCancelled => _rules["route_cancelled"];

    public MessageRule StopComingUp => _rules["stop_coming_up"];

    public MessageRule EtaSlipped => _rules["eta_slipped"];

    public MessageRule StopArrived => _rules["stop_arrived"];

    public MessageRule StopDeparted => _rules["stop_departed"];

    public MessageRule EarlyOrLate => _rules["early_or_late"];

    public MessageRule RouteCompleted => _rules["route_completed"];

    public MessageRule DocumentMissing => _rules["document_missing"];

    public MessageRule SiteEntered => _rules["site_entered"];

    public MessageRule SiteLeft => _rules["site_left"];

    public MessageRule DvirDefects => _rules["dvir_defects"];

    public MessageRule HosViolation => _rules["hos_violation"];

    public MessageRule SamsaraAlert => _rules["samsara_alert"];

    public MessageRule? Find(string id) => _rules.GetValueOrDefault(id);

    /// <param name="changes">As kept with the tenant: rule ids and <see cref="RuleChange"/>s. A rule that this build doesn't know is passed over.</param>
    public static RuleBook Of(string changes)
        => changes == "{}" ? Default : new(JsonSerializer.Deserialize<Dictionary<string, RuleChange>>(changes, Json)!);

    private static List<MessageRule> Load()
    {
        using var stream = typeof(RuleBook).Assembly.GetManifestResourceStream("FleetChat.Core.Messaging.Rules.rules.json")!;
        return JsonSerializer.Deserialize<List<MessageRule>>(stream, Json)!;
    }
}
