using System.Text.RegularExpressions;
using FleetChat.Core.Inbox;
using FleetChat.Core.Monitoring;
using FleetChat.Tests.Conventions;

namespace FleetChat.Tests.Monitoring;

public sealed partial class AlertCatalogTests
{
    /// <summary>Of those that are set aside for a tenant; the others are the platform's.</summary>
    private static readonly string[] ReasonsOfTenants = [SetAside.Unparsable, SetAside.ForeignOrg, SetAside.ForeignWebhook];

    [Fact]
    public void Every_code_that_is_raised_has_a_sentence_and_every_sentence_a_code()
    {
        var raised = Sources.Files("FleetChat.Core", ".cs")
            .SelectMany(file => Code().Matches(Sources.Read(file)).Select(match => match.Groups["code"].Value))
            .Concat(ReasonsOfTenants.Select(reason => $"inbox.{reason}"))
            .ToHashSet();

        Findings.AssertNone(raised.Except(AlertCatalog.Codes).Select(code => $"no sentence: {code}"));
        Findings.AssertNone(AlertCatalog.Codes.Except(raised).Select(code => $"never raised: {code}"));
    }

    [Fact]
    public void Unknown_code_sends_people_to_support()
        => Assert.Contains("support", AlertCatalog.WhatToDo("no.such_code"), StringComparison.Ordinal);

    [GeneratedRegex("\"(?<code>[a-z_]+\\.[a-z_]+)\", Alerts\\.(Info|Warning|Critical)")]
    private static partial Regex Code();
}
