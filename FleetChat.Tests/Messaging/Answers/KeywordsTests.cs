using System.Globalization;
using System.Text;
using FleetChat.Core.Messaging.Answers;

namespace FleetChat.Tests.Messaging.Answers;

public sealed class KeywordsTests
{
    [Theory]
    [InlineData("STOP")]
    [InlineData(" stop. ")]
    [InlineData("Stop!!!")]
    [InlineData("stop?")]
    [InlineData("ＳＴＯＰ")]
    [InlineData("Opt-out")]
    [InlineData("opt out")]
    [InlineData("Unsubscribe")]
    [InlineData("please stop")]
    [InlineData("Stop texting me, please.")]
    [InlineData("¡Alto!")]
    [InlineData("CANCELAR")]
    [InlineData("No más mensajes, por favor")]
    [InlineData("Arrêt")]
    [InlineData("ARRET")]
    [InlineData("Ne m’écrivez plus svp")]
    [InlineData("𝐒𝐓𝐎𝐏")]
    [InlineData("opt\u00a0out")]
    [InlineData("stop\ufffe")]
    [InlineData("stop 👍")]
    [InlineData("STOP STOP STOP!!!")]
    [InlineData("Please, alto alto")]
    public void The_word_alone_stops(string words) => Assert.True(Keywords.IsStop(words));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("stop at the gate")]
    [InlineData("stop 3 is closed")]
    [InlineData("stop 3")]
    [InlineData("stop here stop")]
    [InlineData("done done")]
    [InlineData("Stop #3")]
    [InlineData("the next stop")]
    [InlineData("nonstop")]
    [InlineData("end of the road is blocked")]
    [InlineData("no puedo parar aquí")]
    [InlineData("voy a salir a las 5")]
    [InlineData("le prochain arrêt")]
    [InlineData("fin")]
    [InlineData("👍")]
    [InlineData("\ufffe\uffff")]
    [InlineData("\ud800 stop it")]
    public void The_word_among_others_does_not(string? words) => Assert.False(Keywords.IsStop(words));

    [Theory]
    [InlineData("START", Meaning.Start)]
    [InlineData("Iniciar", Meaning.Start)]
    [InlineData("démarrer", Meaning.Start)]
    [InlineData("help!", Meaning.Help)]
    [InlineData("AYUDA", Meaning.Help)]
    [InlineData("À l'aide", null)]
    [InlineData("Aide ?", Meaning.Help)]
    [InlineData("Aidez-moi !", Meaning.Help)]
    [InlineData("yes please", Meaning.Yes)]
    [InlineData("Sí, gracias", Meaning.Yes)]
    [InlineData("si", Meaning.Yes)]
    [InlineData("D'accord", Meaning.Yes)]
    [InlineData("👍🏽", Meaning.Yes)]
    [InlineData("No thanks", Meaning.No)]
    [InlineData("Non merci", Meaning.No)]
    [InlineData("no problem", null)]
    [InlineData("Voy en camino", Meaning.OnTheWay)]
    [InlineData("I'm here", Meaning.Arrived)]
    [InlineData("Ya llegué.", Meaning.Arrived)]
    [InlineData("ya llegue", Meaning.Arrived)]
    [InlineData("Je suis arrivée", Meaning.Arrived)]
    [InlineData("arrived?", null)]
    [InlineData("Loaded", Meaning.Loaded)]
    [InlineData("ya descargué", Meaning.Delivered)]
    [InlineData("LIVRÉ", Meaning.Delivered)]
    [InlineData("Done, thank you!", Meaning.Done)]
    [InlineData("Hola, listo", Meaning.Done)]
    [InlineData("Terminé", Meaning.Done)]
    [InlineData("C’est fait", Meaning.Done)]
    [InlineData("not done yet", null)]
    [InlineData("todavía no está listo", null)]
    [InlineData("pas fini", null)]
    [InlineData("done?", null)]
    [InlineData("¿Listo?", null)]
    [InlineData("Voy tarde", Meaning.Late)]
    [InlineData("I have a problem", Meaning.Problem)]
    [InlineData("tengo un problema", Meaning.Problem)]
    [InlineData("J’ai un problème", Meaning.Problem)]
    [InlineData("no hay problema", null)]
    [InlineData("pas de problème", null)]
    [InlineData("ESPAÑOL", Meaning.SpeakSpanish)]
    [InlineData("espanol", Meaning.SpeakSpanish)]
    [InlineData("en español por favor", Meaning.SpeakSpanish)]
    [InlineData("ENGLISH", Meaning.SpeakEnglish)]
    [InlineData("english please", Meaning.SpeakEnglish)]
    [InlineData("FRANÇAIS", Meaning.SpeakFrench)]
    [InlineData("francais", Meaning.SpeakFrench)]
    [InlineData("my english is bad", null)]
    [InlineData("thanks", null)]
    [InlineData("gracias", null)]
    [InlineData("hola", null)]
    [InlineData("gate 104", null)]
    [InlineData("4", null)]
    [InlineData("please please please please please please please please please stop", null)]
    public void A_short_phrase_is_understood_and_a_sentence_is_not(string text, Meaning? meaning) => Assert.Equal(meaning, Keywords.Find(text));

    [Fact]
    public void Every_phrase_is_found_in_capitals_without_accents_and_with_a_full_stop()
    {
        foreach (var row in Keywords.Table)
            foreach (var phrase in row.Phrases.Split(',', StringSplitOptions.TrimEntries))
            {
                Assert.Equal(row.Meaning, Keywords.Find(phrase));
                Assert.Equal(row.Meaning, Keywords.Find(phrase.ToUpperInvariant()));
                Assert.Equal(row.Meaning, Keywords.Find($" {WithoutAccents(phrase)}."));
            }
    }

    [Fact]
    public void Every_meaning_has_words_in_every_language()
    {
        foreach (var meaning in Enum.GetValues<Meaning>())
            foreach (var language in new[] { "en", "es", "fr" })
                Assert.Contains(Keywords.Table, row => row.Meaning == meaning && row.Language == language);
    }

    private static string WithoutAccents(string text)
        => string.Concat(text.Normalize(NormalizationForm.FormD).Where(c => CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark));
}
