using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Templates;

namespace FleetChat.Tests.Messaging.Templates;

public sealed class TemplateCheckTests
{
    private static readonly MessageTemplate s_good = new("good_v1", "en_US", "UTILITY", "Hello {{1}}, go to {{2}} now.", ["Ana", "Dock 4"], ["Yes", "No"]);

    [Fact]
    public void Every_template_of_ours_is_without_fault()
        => Assert.All(TemplateSet.Get("transport_standard_v2").Templates, template => Assert.Null(TemplateCheck.FindFault(template, "Acme Trucking dispatch")));

    [Theory]
    [InlineData("Hello {{1}}, go to {{3}} now.", "without a gap")]
    [InlineData("Hello {{1}} {{2}} now.", "there are words")]
    [InlineData("Hello {{1}}{{2}} now.", "there are words")]
    [InlineData("{{1}}, go to {{2}} now.", "neither begins nor ends")]
    [InlineData("Hello {{1}}, go to {{2}} ", "neither begins nor ends")]
    [InlineData("Hello {{1}}, go now.", "one example")]
    [InlineData("Hello {{name}}, go to {{2}} now.", "are written")]
    [InlineData("Hello {{1}, go to {{2}} now.", "are written")]
    [InlineData("", "1 to 1024")]
    public void Body_that_Meta_would_refuse_is_found(string body, string fault) => Assert.Contains(fault, TemplateCheck.FindFault(s_good with { Body = body }, ""), StringComparison.Ordinal);

    [Fact]
    public void Name_examples_buttons_and_length_are_looked_at_too()
    {
        Assert.Null(TemplateCheck.FindFault(s_good, ""));
        Assert.Contains("lower-case", TemplateCheck.FindFault(s_good with { Name = "Good" }, ""), StringComparison.Ordinal);
        Assert.Contains("is empty", TemplateCheck.FindFault(s_good with { Examples = ["Ana", " "] }, ""), StringComparison.Ordinal);
        Assert.Contains("25", TemplateCheck.FindFault(s_good with { Buttons = [new('x', 26)] }, ""), StringComparison.Ordinal);
        Assert.Contains("alike", TemplateCheck.FindFault(s_good with { Buttons = ["Yes", "Yes"] }, ""), StringComparison.Ordinal);
        Assert.Contains("1024", TemplateCheck.FindFault(s_good with { Body = $"Hello {{{{1}}}} {new string('x', 1020)} {{{{2}}}}." }, ""), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Acme {{1}}")]
    [InlineData("Acme\nTrucking")]
    [InlineData("A footer of more than sixty characters, which is one too many for Meta.")]
    public void Footer_that_Meta_would_refuse_is_found(string footer) => Assert.NotNull(TemplateCheck.FindFault(s_good, footer));
}
