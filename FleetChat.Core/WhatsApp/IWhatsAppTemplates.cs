namespace FleetChat.Core.WhatsApp;

/// <summary>A template as an account at Meta has it.</summary>
/// <param name="Status"><c>PENDING</c>, <c>APPROVED</c>, <c>REJECTED</c>, <c>PAUSED</c>, <c>DISABLED</c> and others.</param>
/// <param name="Category"><c>UTILITY</c>, <c>MARKETING</c> or <c>AUTHENTICATION</c>; Meta may have changed it.</param>
/// <param name="Quality"><c>GREEN</c>, <c>YELLOW</c>, <c>RED</c>; null where Meta does not say.</param>
public sealed record MetaTemplate(
    string Id, string Name, string Language, string Status, string Category, string? RejectionReason, string? Quality, string Body, string Footer, IReadOnlyList<string> Buttons);

/// <summary>A template to be reviewed.</summary>
/// <param name="Name">At Meta.</param>
/// <param name="Language">Meta's code.</param>
/// <param name="Body">With <c>{{1}}</c>, <c>{{2}}</c> ...</param>
/// <param name="Examples">One for each placeholder.</param>
/// <param name="Footer">Empty: none.</param>
/// <param name="Buttons">Titles of quick replies.</param>
public sealed record TemplateSubmission(string Name, string Language, string Category, string Body, IReadOnlyList<string> Examples, string Footer, IReadOnlyList<string> Buttons);

/// <param name="Category">May be another one than was asked for.</param>
public sealed record SubmittedTemplate(string Id, string Status, string Category);

/// <summary>Templates of WhatsApp accounts.</summary>
public interface IWhatsAppTemplates
{
    /// <summary>All of them, whoever submitted them.</summary>
    /// <exception cref="WhatsAppException">Refused, or the answer was lost.</exception>
    Task<IReadOnlyList<MetaTemplate>> ListAsync(WhatsAppAccount account, CancellationToken ct);

    /// <summary>A second one of its name and language is refused.</summary>
    /// <exception cref="WhatsAppException">Refused, or the answer was lost.</exception>
    Task<SubmittedTemplate> SubmitAsync(WhatsAppAccount account, TemplateSubmission template, CancellationToken ct);

    /// <summary>Has one reviewed again.</summary>
    /// <exception cref="WhatsAppException">Refused, or the answer was lost.</exception>
    Task EditAsync(WhatsAppAccount account, string id, TemplateSubmission template, CancellationToken ct);

    /// <summary>Ends a pause that Meta made.</summary>
    /// <exception cref="WhatsAppException">Refused, or the answer was lost.</exception>
    Task UnpauseAsync(WhatsAppAccount account, string id, CancellationToken ct);
}
