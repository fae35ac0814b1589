using System.Globalization;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Messaging.Templates;

/// <param name="Template">Its name in the company's set.</param>
/// <param name="Language">Meta's code, such as <c>en_US</c>.</param>
/// <param name="Parameters">One for each placeholder; null: the examples.</param>
public sealed record PreviewTemplateInput(TenantId Tenant, string? Template, string? Language, IReadOnlyList<string>? Parameters);

/// <summary>Shows a template as a driver would get it, and says what is wrong with its parameters.</summary>
public sealed class PreviewTemplate(TenantSettingsCache settings)
{
    private const int LongestBody = 1024;

    public static readonly Error NotFound = Error.NotFound("templates.not_found", "The company's set has no such template in this language. GET /api/templates lists what it has.");

    private static readonly Error TooLong = Error.Invalid("templates.too_long", "With its parameters a template has at most 1024 characters. Shorten them.", "$.parameters");

    public async Task<Result<TemplatePreview>> HandleAsync(PreviewTemplateInput input, CancellationToken ct)
    {
        if (await settings.FindAsync(input.Tenant, ct) is not { } tenant) return GetTenant.NotFound;
        if (TemplateSet.Get(tenant.TemplateSet).Templates.FirstOrDefault(t => t.Name == input.Template && t.Language == input.Language) is not { } template) return NotFound;
        var parameters = input.Parameters ?? template.Examples;
        if (FindFault(template, parameters) is { } fault) return fault;
        return new TemplatePreview(template.Fill(parameters), tenant.MessageFooter, template.Buttons);
    }

    private static Error? FindFault(MessageTemplate template, IReadOnlyList<string> parameters)
    {
        if (parameters.Count != template.Examples.Count) return ParameterCount(template.Examples.Count);
        for (var index = 0; index < parameters.Count; index++)
        {
            // As Meta takes it: neither empty, nor with line breaks, tabs or more than four blanks.
            if (string.IsNullOrWhiteSpace(parameters[index]) || TemplateParameter.From(parameters[index], LongestBody) != parameters[index]) return ParameterInvalid(index);
        }
        return template.Fill(parameters).Length > LongestBody ? TooLong : null;
    }

    private static Error ParameterCount(int count) => Error.Invalid(
        "templates.parameter_count", string.Create(CultureInfo.InvariantCulture, $"Give {count} parameters, one for each placeholder."), "$.parameters");

    private static Error ParameterInvalid(int index) => Error.Invalid(
        "templates.parameter_invalid", "Give a text on one line, without tabs or long gaps, that is not empty.", string.Create(CultureInfo.InvariantCulture, $"$.parameters[{index}]"));
}
