using System.Reflection;
using System.Text.RegularExpressions;
using FleetChat.Core.Inbox;
using FleetChat.Core.Monitoring;
using FleetChat.Tests.Conventions;

namespace FleetChat.Tests.Monitoring;

public sealed partial class AlertCatalogTests
{
    private const string CodesFile = "FleetChat.Core/Monitoring/AlertCodes.cs";

    /// <summary>Files with words of the same form that are no alerts.</summary>
    private static readonly Dictionary<string, string> OtherWords = new()
    {
        ["FleetChat.Core/Samsara/SamsaraEvents.cs"] = "kinds of facts in the inbox",
        ["FleetChat.Core/Samsara/SamsaraErrors.cs"] = "what requests are refused with",
        ["FleetChat.Core/Samsara/Webhooks/WebhookNote.cs"] = "what was done, in the audit trail",
        ["FleetChat.Core/Tenants/Onboarding/OnboardingErrors.cs"] = "what a company that is brought in waits for",
        ["FleetChat.Core/WhatsApp/CheckWhatsAppNumber.cs"] = "what requests are refused with",
        ["FleetChat.Functions/Billing/AnalyticsApi.cs"] = "names of files",
        ["FleetChat.Functions/Webhooks/WebhookEndpointApi.cs"] = "what companies' own programs are told",
        ["FleetChat.Core/Webhooks/WebhookEventType.cs"] = "what companies' own programs are told",
        ["FleetChat.Core/Security/Audit/AuditChain.cs"] = "an entry of the audit trail",
        ["FleetChat.Core/Messaging/Answers/WriteBack.cs"] = "kinds of calls to Samsara",
    };

    [Fact]
    public void Every_code_has_a_sentence_and_every_sentence_a_code()
    {
        var codes = ConstantsOf(typeof(AlertCodes));

        Findings.AssertNone(codes.Except(AlertCatalog.Codes).Select(code => $"no sentence: {code}"));
        Findings.AssertNone(AlertCatalog.Codes.Except(codes).Select(code => $"no constant: {code}"));
    }

    [Fact]
    public void Every_reason_to_set_something_aside_has_a_code()
        => Findings.AssertNone(ConstantsOf(typeof(SetAside)).Select(reason => $"inbox.{reason}").Except(ConstantsOf(typeof(AlertCodes))).Select(code => $"no constant: {code}"));

    // Wherever it stands: a code may be chosen long before it is raised.
    [Fact]
    public void Every_text_of_the_form_of_a_code_is_one()
        => Findings.AssertNone(
            from file in Sources.Files("FleetChat.Core", ".cs").Concat(Sources.Files("FleetChat.Functions", ".cs"))
            where file != CodesFile && !OtherWords.ContainsKey(file)
            from code in CodesIn(AuditActions().Replace(Sources.Read(file), ""))
            where !AlertCatalog.Codes.Contains(code)
            select $"{file}: {code} is not in {nameof(AlertCodes)}");

    [Theory]
    [InlineData("""Alerts.RaiseAsync(db, time, "gate.closed", Alerts.Info, "", ct);""", "gate.closed")]
    [InlineData("""var code = known ? "driver.asleep" : AlertCodes.DriverNoPhone;""", "driver.asleep")]
    [InlineData("""var error = Error.NotFound("drivers.not_found", "There is no such driver.");""", null)]
    public void Codes_are_found_where_they_are_raised_and_where_they_are_chosen(string source, string? code)
        => Assert.Equal(code is null ? [] : new[] { code }, CodesIn(source));

    [Fact]
    public void Unknown_code_sends_people_to_support()
        => Assert.Contains("support", AlertCatalog.WhatToDo("no.such_code"), StringComparison.Ordinal);

    /// <summary>What is raised at once, whatever it looks like, and each text that begins as a code of ours does.</summary>
    private static IEnumerable<string> CodesIn(string source)
    {
        var families = ConstantsOf(typeof(AlertCodes)).Select(code => code.Split('.')[0]).ToHashSet();
        return Texts().Matches(source)
            .Where(match => match.Groups["raised"].Success || families.Contains(match.Groups["family"].Value))
            .Select(match => match.Groups["code"].Value);
    }

    private static IEnumerable<string> ConstantsOf(Type type)
        => type.GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!);

    // What was done has the form of a code too.
    [GeneratedRegex(@"(?:Audit\(time, [^,]+, |Entry\()""[a-z_.]+""")]
    private static partial Regex AuditActions();

    [GeneratedRegex("\"(?<code>(?<family>[a-z_]+)\\.[a-z_]+)\"(?<raised>, Alerts\\.(Info|Warning|Critical))?")]
    private static partial Regex Texts();
}
