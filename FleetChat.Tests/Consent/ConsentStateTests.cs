using System.Text.RegularExpressions;
using FleetChat.Core.Consent;
using FleetChat.Tests.Conventions;

namespace FleetChat.Tests.Consent;

public sealed partial class ConsentStateTests
{
    [Fact]
    public void State_is_changed_in_one_place_with_its_proof()
    {
        var places = Sources.Files("FleetChat.Core", ".cs").Where(file => SetsState().IsMatch(Sources.Read(file)));

        Assert.Equal(["FleetChat.Core/Consent/DriverConsent.cs"], places);
    }

    [Theory]
    [InlineData("unknown", "invited asked granted withdrawn")]
    [InlineData("invited", "unknown asked granted declined withdrawn expired")]
    [InlineData("asked", "unknown invited granted declined withdrawn expired")]
    [InlineData("granted", "unknown declined withdrawn")]
    [InlineData("declined", "unknown invited granted withdrawn")]
    [InlineData("withdrawn", "granted")]
    [InlineData("expired", "unknown invited asked granted declined withdrawn")]
    public void These_steps_are_legal_and_no_others(string from, string to)
        => Assert.Equal(to.Split(' ').Order(), ConsentState.All.Where(state => ConsentState.IsLegal(from, state)).Order());

    [Fact]
    public void Every_text_is_there_in_three_languages_with_the_companys_name_and_a_way_out()
    {
        foreach (var version in ConsentTexts.All.GroupBy(t => t.Version))
        {
            Assert.Equal(["en", "es", "fr"], version.Select(t => t.Language));
            Assert.Single(version.Select(t => t.Text.Contains("{0}", StringComparison.Ordinal)).Distinct());
        }
        foreach (var (version, language, _) in ConsentTexts.All.Where(t => t.Version is ConsentTexts.Begun or ConsentTexts.Help or ConsentTexts.Invitation))
        {
            var text = ConsentTexts.Get(version, language, "Acme {1} & Sons").Text;
            Assert.Contains("Acme {1} & Sons", text, StringComparison.Ordinal);
            Assert.Contains("STOP", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Codes_have_no_look_alikes_and_are_found_in_what_the_link_sends()
    {
        for (var i = 0; i < 1000; i++)
        {
            var code = ConsentCodes.Make();
            Assert.Equal(4, code.Length);
            Assert.DoesNotContain(code, c => "01258AEILOSUVZB".Contains(c, StringComparison.Ordinal));
            Assert.Equal(code, ConsentCodes.Find($"START {code}"));
            Assert.Equal(code, ConsentCodes.Find($" start  {code.ToLowerInvariant()}."));
            Assert.Equal(code, ConsentCodes.Find($"Iniciar {code}"));
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("START")]
    [InlineData("start work")]
    [InlineData("start 2026")]
    [InlineData("start 3467")]
    [InlineData("START 7F3K now")]
    [InlineData("I start 7F3K")]
    [InlineData("7F3K")]
    [InlineData("stop 7F3K")]
    [InlineData("start 7F3")]
    public void Other_words_are_no_codes(string? text) => Assert.Null(ConsentCodes.Find(text));

    /// <summary>As the target of an assignment, not in a condition.</summary>
    [GeneratedRegex(@"update fleet\.drivers[^;""]*?\bset\b(?:(?!\bwhere\b)[^""])*\bconsent_status\s*=")]
    private static partial Regex SetsState();
}
