using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Rules;
using FleetChat.Tests.Conventions;

namespace FleetChat.Tests.Messaging.Rules;

public sealed class RulesPageTests
{
    [Fact]
    public void Page_is_made_from_the_rules() => Assert.Equal(RulesPage.Write(RuleBook.Default), Sources.Read("docs/rules.md"));

    [Fact]
    public void Every_rule_names_a_template_that_exists_in_every_language_with_as_many_buttons()
        => Assert.All(RuleBook.Defaults.Where(rule => rule.Template.Length > 0), rule
            => Assert.All(FleetChat.Core.Languages.All, language => Assert.Equal(rule.Buttons.Count, TemplateSet.Get("transport_standard_v2").Get(rule.Template, language).Buttons.Count)));

    [Fact]
    public void Rule_tells_a_driver_if_and_only_if_it_has_a_template()
        => Assert.All(RuleBook.Defaults, rule => Assert.Equal(rule.Template.Length > 0, rule.Recipients.Contains(Recipient.Driver)));

    [Fact]
    public void Change_of_a_rule_that_this_build_does_not_know_is_passed_over()
        => Assert.Equal(RuleBook.Defaults, RuleBook.Of("""{"of_tomorrow":{"is_on":true}}""").All);
}
