using FleetChat.Core.Messaging.Rules;

namespace FleetChat.LocalHost.Commands;

/// <summary>The default rules as a page for people: docs/rules.md is its output.</summary>
internal static class RulesCommand
{
    public static void Run(bool json)
    {
        if (json) Output.WriteJson(RuleBook.Defaults);
        else Console.Write(RulesPage.Write(RuleBook.Default));
    }
}
