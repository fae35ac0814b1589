using System.Security.Cryptography;
using System.Text;
using FleetChat.Core.Tenants;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Core.Messaging.Templates;

/// <summary>A template that a company's account at Meta is to have.</summary>
/// <param name="Name">At Meta.</param>
internal sealed record WantedTemplate(MessageTemplate Template, string Name, string Footer)
{
    public string Language => Template.Language;

    public TemplateSubmission Submission => new(Name, Template.Language, Template.Category, Template.Body, Template.Examples, Footer, Template.Buttons);

    /// <summary>The company's set, in all its languages, with the company's footer.</summary>
    public static IReadOnlyList<WantedTemplate> Of(TenantSettings tenant) => Of(TemplateSet.Get(tenant.TemplateSet), tenant.MessageFooter);

    public static IReadOnlyList<WantedTemplate> Of(TemplateSet set, string footer) => [.. set.Templates.Select(t => new WantedTemplate(t, NameOf(t.Name, footer), footer))];

    // The footer is a part of what Meta approves, and a name has one content at a time. Made of the footer itself: an account may have
    // been another company's before, and a footer that comes back finds what was approved with it.
    private static string NameOf(string template, string footer)
        => footer.Length == 0 ? template : $"{template}_f{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(footer)))[..8]}";

    /// <summary>Whether Meta has these words under this name: whoever else uses the account may have written others.</summary>
    public bool Matches(MetaTemplate found)
        => Same(found.Body, Template.Body) && Same(found.Footer, Footer) && found.Buttons.Count == Template.Buttons.Count && found.Buttons.Zip(Template.Buttons).All(b => Same(b.First, b.Second));

    // But for blanks, that Meta may set otherwise.
    private static bool Same(string one, string other) => one.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).SequenceEqual(other.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
