using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using FleetChat.Core.Transports;

namespace FleetChat.Core.Messaging.Rules;

/// <summary>What is told about a kind of event, to whom, when, and until when it is worth telling.</summary>
/// <param name="Id">Part of the API and of messages' reasons: it never changes.</param>
/// <param name="Recipients">Of <see cref="Recipient"/>.</param>
/// <param name="Template">A template of the tenant's set; empty if only dispatchers are told.</param>
/// <param name="Buttons">Actions of the template's buttons, in their order: see <see cref="ButtonActions"/>.</param>
/// <param name="Urgency">One of <see cref="RuleUrgency"/>.</param>
/// <param name="Unasked">Whether it counts against what a driver is told in a day without having done anything.</param>
/// <param name="QuietHours">Whether it waits until the driver's morning.</param>
/// <param name="SettleSeconds">So long nothing may have changed before it is told.</param>
/// <param name="LeadMinutes">So long ahead it is told at the earliest; null: as soon as it is known.</param>
/// <param name="ThresholdMinutes">Less than this is not told.</param>
/// <param name="ValidUntil">What ends its truth: <c>route_end</c>, <c>stop_arrival</c>, or <c>after_event</c> with <paramref name="ValidMinutes"/>; empty for dispatchers.</param>
/// <param name="Supersedes">What about it replaces a message that still waits: <c>route</c>, <c>stop</c>, <c>eta</c>, <c>visit</c>; empty: nothing.</param>
/// <param name="ValidMinutes">After the event.</param>
public sealed record MessageRule(
    string Id,
    string Event,
    string Condition,
    [OneOf(typeof(Recipient))] IReadOnlyList<string> Recipients,
    string Template,
    IReadOnlyList<string> Buttons,
    [OneOf(typeof(RuleUrgency))] string Urgency,
    bool Unasked,
    bool QuietHours,
    int SettleSeconds,
    int? LeadMinutes,
    int? ThresholdMinutes,
    string ValidUntil,
    int? ValidMinutes,
    string Supersedes,
    bool IsOn)
{
    /// <summary>Instead of <see cref="Template"/> where nobody knows what a stop is for; null: the same.</summary>
    public string? UnsureTemplate { get; init; }

    public IReadOnlyList<string>? UnsureButtons { get; init; }

    /// <summary>What becomes of a message of which nobody knows whether it came: one of <see cref="RuleDoubt"/>.</summary>
    public string Doubt { get; init; } = RuleDoubt.Dispatcher;

    [JsonIgnore]
    public TimeSpan Settle => TimeSpan.FromSeconds(SettleSeconds);

    [JsonIgnore]
    public TimeSpan Lead => TimeSpan.FromMinutes(LeadMinutes ?? 0);

    [JsonIgnore]
    public TimeSpan Threshold => TimeSpan.FromMinutes(ThresholdMinutes ?? 0);

    [JsonIgnore]
    public TimeSpan ValidFor => TimeSpan.FromMinutes(ValidMinutes ?? 0);

    public bool Tells(string recipient) => IsOn && Recipients.Contains(recipient);

    /// <summary>As it tells of a stop of this kind.</summary>
    public MessageRule At(string stopKind)
        => stopKind == StopKind.Other && UnsureTemplate is { } template ? this with { Template = template, Buttons = UnsureButtons ?? [] } : this;

    public MessageRule With(RuleChange? change) => change is null ? this : this with
    {
        IsOn = change.IsOn ?? IsOn,
        Urgency = change.Urgency ?? Urgency,
        SettleSeconds = change.SettleSeconds ?? SettleSeconds,
        LeadMinutes = change.LeadMinutes ?? LeadMinutes,
        ThresholdMinutes = change.ThresholdMinutes ?? ThresholdMinutes,
    };
}

/// <summary>What a company has changed of a rule; null: as the default has it.</summary>
public sealed record RuleChange(
    bool? IsOn = null,
    [OneOf(typeof(RuleUrgency))] string? Urgency = null,
    [Range(0, ChangeRule.LongestSettle)] int? SettleSeconds = null,
    [Range(0, ChangeRule.LongestLead)] int? LeadMinutes = null,
    [Range(0, ChangeRule.LongestThreshold)] int? ThresholdMinutes = null);

public static class Recipient
{
    public const string Driver = "driver";
    public const string CoDriver = "co_driver";

    /// <summary>Told by an alert, which a signed webhook carries on.</summary>
    public const string Dispatcher = "dispatcher";
}

public static class RuleUrgency
{
    /// <summary>Told also where the day has had its messages.</summary>
    public const string Urgent = "urgent";

    public const string Normal = "normal";

    /// <summary>Held while the driver drives.</summary>
    public const string CanWait = "can_wait";

    public static readonly IReadOnlyList<string> All = [Urgent, Normal, CanWait];
}

public static class RuleDoubt
{
    /// <summary>It may come twice: it is sent once more.</summary>
    public const string Resend = "resend";

    /// <summary>A dispatcher is told.</summary>
    public const string Dispatcher = "dispatcher";

    public static readonly IReadOnlyList<string> All = [Resend, Dispatcher];
}
