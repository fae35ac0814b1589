using CsCheck;
using FleetChat.Core.Messaging;

namespace FleetChat.Tests.Messaging;

public sealed class TemplateTests
{
    [Theory]
    [InlineData(null, "-")]
    [InlineData("", "-")]
    [InlineData(" \r\n\t ", "-")]
    [InlineData("Dock\n\t4", "Dock 4")]
    [InlineData("a      b", "a b")]
    [InlineData(" Gate 4 ", "Gate 4")]
    public void A_parameter_is_flattened(string? text, string expected) => Assert.Equal(expected, TemplateParameter.From(text));

    [Fact]
    public void A_long_parameter_is_cut_at_a_word()
        => Assert.Equal("one two…", TemplateParameter.From("one two three four", longest: 10));

    [Fact]
    public void Whatever_the_text_a_parameter_is_what_WhatsApp_takes()
        => Gen.String.Sample(text =>
        {
            var parameter = TemplateParameter.From(text, longest: 40);
            Assert.InRange(parameter.Length, 1, 40);
            Assert.DoesNotContain(parameter, char.IsControl);
            Assert.DoesNotContain("    ", parameter, StringComparison.Ordinal);
            Assert.Equal(parameter, new string(System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(parameter))));
        });

    [Fact]
    public void A_parameter_that_looks_like_a_placeholder_is_text()
        => Assert.Contains("to {{3}} (trip x)", TemplateSet.Get("transport_standard_v2").Get(TemplateSet.StopArrived, "en").Fill(["Ana", "to {{3}}", "x"])
            .Replace("arrived at to", "to", StringComparison.Ordinal), StringComparison.Ordinal);

    [Fact]
    public void Every_template_fits_what_WhatsApp_approves()
        => Assert.All(TemplateSet.Get("transport_standard_v2").Templates, template =>
        {
            Assert.Matches("^[a-z0-9_]{1,512}$", template.Name);
            Assert.InRange(template.Body.Length, 1, 1024);
            Assert.False(template.Body.StartsWith("{{", StringComparison.Ordinal) || template.Body.EndsWith("}}", StringComparison.Ordinal));
            // Meta calls two parameters with nothing but a space between them next to each other.
            Assert.DoesNotMatch(@"\}\}\s*\{\{", template.Body);
            Assert.Equal(template.Examples.Count, Enumerable.Range(1, 9).Count(n => template.Body.Contains($"{{{{{n}}}}}", StringComparison.Ordinal)));
            Assert.All(template.Buttons, title => Assert.InRange(title.Length, 1, 20));
        });

    [Fact]
    public void Every_template_exists_in_every_language_with_the_same_parameters_and_buttons()
        => Assert.All(TemplateSet.Get("transport_standard_v2").Templates.GroupBy(t => t.Name), languages =>
        {
            Assert.Equal(["en_US", "es", "fr"], languages.Select(t => t.Language).Order());
            Assert.Single(languages.Select(t => (t.Examples.Count, t.Buttons.Count)).Distinct());
        });
}
