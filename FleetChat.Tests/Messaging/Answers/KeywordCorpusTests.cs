using System.Globalization;
using System.Text;
using CsCheck;
using FleetChat.Core.Messaging.Answers;

namespace FleetChat.Tests.Messaging.Answers;

/// <summary>What drivers write, in three languages: what is meant for us is understood, and what is meant for people is left to people. FLEETCHAT_TEST_SIZE=long tries 100,000 ways to write a STOP.</summary>
public sealed class KeywordCorpusTests
{
    private static readonly int Samples = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long" ? 100_000 : 2_000;

    // One a line: language, what is said, what it means; a dash: nothing that a rule may act on.
    private const string Corpus = """
        en|STOP|Stop
        en|Stop.|Stop
        en|stop!!|Stop
        en|Stop please|Stop
        en|Please stop|Stop
        en|STOP ALL|Stop
        en|stopall|Stop
        en|Stop it, thanks|-
        en|Stop messages|Stop
        en|Stop messaging me.|Stop
        en|Stop texting me!|Stop
        en|Stop sending me messages|Stop
        en|stop contacting me|Stop
        en|Unsubscribe|Stop
        en|unsubscribe me please|Stop
        en|Quit|Stop
        en|END|Stop
        en|Cancel|Stop
        en|Revoke|Stop
        en|Opt out|Stop
        en|opt-out|Stop
        en|I want to opt out|Stop
        en|No more messages|Stop
        en|No more texts, please|Stop
        en|Don't text me|Stop
        en|Remove me from your list|Stop
        en|take me off the list|Stop
        en|I don’t want messages|Stop
        en|stop 3 is closed|-
        en|Stop 3|-
        en|stop #2 done|-
        en|next stop is closed|-
        en|I stop at the gate|-
        en|Had to stop for fuel|-
        en|the last stop took an hour|-
        en|I can't stop here|-
        en|non-stop to Dallas|-
        en|stop sign broke my mirror|-
        en|Should I stop at the yard?|-
        en|stop by the office tomorrow|-
        en|truck stop|-
        en|stops|-
        en|at stop now|-
        en|end of the road is blocked|-
        en|Cancel the second load|-
        en|they want to cancel the order|-
        en|quit raining finally|-
        en|dead end|-
        en|START|Start
        en|start!|Start
        en|Unstop|Start
        en|Opt in|Start
        en|start again please|Start
        en|I start at 5|-
        en|start time?|-
        en|won't start|-
        en|engine does not start|-
        en|HELP|Help
        en|help me please|Help
        en|Info|Help
        en|I need help|Help
        en|help unloading at dock 4|-
        en|no help here|-
        en|YES|Yes
        en|yes please|Yes
        en|Yep|Yes
        en|ok|Yes
        en|I agree|Yes
        en|yes but tomorrow|-
        en|yes or no?|-
        en|yesterday|-
        en|NO|No
        en|no thanks|No
        en|Nope.|No
        en|I don't agree|No
        en|no idea|-
        en|no problem|-
        en|no dock free|-
        en|no more fuel|-
        es|Alto|Stop
        es|¡ALTO!|Stop
        es|Stop por favor|Stop
        es|Parar|Stop
        es|Cancelar|Stop
        es|Baja|Stop
        es|Darme de baja|Stop
        es|quiero darme de baja|Stop
        es|No más mensajes|Stop
        es|no mas mensajes por favor|Stop
        es|No quiero mensajes|Stop
        es|Ya no quiero más mensajes|Stop
        es|No me escriban más|Stop
        es|ya no me escriban|Stop
        es|Dejen de escribirme|Stop
        es|dejen de mandarme mensajes|Stop
        es|No me manden mensajes|Stop
        es|Basta de mensajes|Stop
        es|Salir|Stop
        es|detener|Stop
        es|voy a parar en la gasolinera|-
        es|no puedo parar aquí|-
        es|la siguiente parada está cerrada|-
        es|parada 3 cerrada|-
        es|alto en la carretera|-
        es|el camión es muy alto|-
        es|van a cancelar la carga|-
        es|Cancelar la parada 2|-
        es|baja la rampa|-
        es|está de baja el mecánico|-
        es|voy a salir a las 5|-
        es|no me deja salir el guardia|-
        es|No más carga aquí|-
        es|basta|-
        es|Iniciar|Start
        es|Alta|Start
        es|quiero recibir mensajes|Start
        es|Reanudar|Start
        es|voy a empezar tarde|-
        es|la presión está alta|-
        es|Ayuda|Help
        es|¡Ayúdame!|Help
        es|necesito ayuda por favor|Help
        es|necesito ayuda para descargar|-
        es|Sí|Yes
        es|si|Yes
        es|Sí, acepto|Yes
        es|Claro que sí|Yes
        es|de acuerdo|Yes
        es|Está bien|Yes
        es|sí pero mañana|-
        es|¿sí o no?|-
        es|si llueve no salgo|-
        es|No|No
        es|no, gracias|No
        es|No acepto|No
        es|No quiero|No
        es|no hay problema|-
        es|no hay muelle|-
        es|no sé|-
        fr|ARRÊT|Stop
        fr|arret|Stop
        fr|Arrêtez !|Stop
        fr|Arrêter|Stop
        fr|Stop svp|Stop
        fr|Stoppez|Stop
        fr|Annuler|Stop
        fr|Désabonner|Stop
        fr|desabonnement|Stop
        fr|Me désinscrire|Stop
        fr|Désabonnez-moi|Stop
        fr|Je veux me désabonner|Stop
        fr|Plus de messages|Stop
        fr|plus de messages, merci|Stop
        fr|Ne m’écrivez plus|Stop
        fr|Ne m'envoyez plus de messages|Stop
        fr|Je ne veux plus de messages|Stop
        fr|Arrêtez de m'écrire|Stop
        fr|Arrêtez les messages s'il vous plaît|Stop
        fr|le prochain arrêt est fermé|-
        fr|Arrêt 3|-
        fr|arrêt numéro 2 terminé|-
        fr|je m'arrête à Lyon|-
        fr|en arrêt maladie|-
        fr|Annuler la livraison|-
        fr|ils veulent annuler|-
        fr|arrêtez le camion|-
        fr|plus de place au quai|-
        fr|plus de carburant|-
        fr|je ne veux plus de cette tournée|-
        fr|fin de journée|-
        fr|fin|-
        fr|Commencer|Start
        fr|démarrer|Start
        fr|Reprendre|Start
        fr|le moteur ne veut pas démarrer|-
        fr|je vais commencer demain|-
        fr|Aide|Help
        fr|Aidez-moi|Help
        fr|j'ai besoin d'aide|Help
        fr|besoin d'aide pour décharger|-
        fr|OUI|Yes
        fr|oui merci|Yes
        fr|D'accord|Yes
        fr|Je suis d'accord|Yes
        fr|oui mais demain|-
        fr|oui ou non ?|-
        fr|Non|No
        fr|non merci|No
        fr|Je refuse|No
        fr|pas d'accord|No
        fr|pas de problème|-
        fr|non livré|-
        """;

    private static readonly (string Language, string Text, Meaning? Meaning)[] Said =
        [.. Corpus.Split('\n').Select(line => line.Split('|')).Select(p => (p[0], p[1], p[2] == "-" ? (Meaning?)null : Enum.Parse<Meaning>(p[2])))];

    private static readonly string[] Stops =
        [.. Keywords.Table.Where(row => row.Meaning == Meaning.Stop).SelectMany(row => row.Phrases.Split(',', StringSplitOptions.TrimEntries))];

    /// <summary>In no phrase and no courtesy.</summary>
    private static readonly string[] Words = ["gate", "dock", "closed", "7b", "3", "fuel", "trailer", "mañana", "bodega", "muelle", "cerrada", "quai", "remorque", "fermé", "Dallas"];

    private static readonly string[] Around = ["", " ", "  ", ".", "!", "!!!", "?", "…", "*", "\"", "'", " 👍", "🙏", " 🚛", "😡", "\n", "\u00a0", "¡", "👍🏽", "❤️", "-", ",", "\u200b"];

    [Fact]
    public void Every_sentence_is_taken_as_it_is_meant()
        => Assert.Equal([], Said.Where(s => Keywords.Find(s.Text) != s.Meaning).Select(s => $"{s.Text}: {Keywords.Find(s.Text)?.ToString() ?? "-"} instead of {s.Meaning?.ToString() ?? "-"}"));

    [Fact]
    public void Corpus_has_enough_of_each()
    {
        Assert.True(Said.Length >= 150);
        Assert.Equal(Said.Length, Said.Distinct().Count());
        foreach (var language in new[] { "en", "es", "fr" })
        {
            var own = Said.Where(s => s.Language == language).ToList();
            Assert.True(own.Count(s => s.Meaning == Meaning.Stop) >= 15 && own.Count(s => s.Meaning is null) >= 15, language);
            Assert.Equal([Meaning.Help, Meaning.No, Meaning.Start, Meaning.Stop, Meaning.Yes], own.Select(s => s.Meaning).OfType<Meaning>().Distinct().OrderBy(m => m.ToString(), StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Stop_is_one_however_it_is_written()
        => Gen.Select(OneOf(Stops), OneOf(Around), OneOf(Around), Gen.Int[0, int.MaxValue], Gen.Bool, (phrase, before, after, casing, plain) => before + Write(phrase, casing, plain) + after)
            .Sample(Keywords.IsStop, iter: Samples);

    [Fact]
    public void Words_around_it_make_it_none()
        => Gen.Select(OneOf(Stops), OneOf(Words).Array[1, 4], Gen.Int[0, 4], Gen.Int[0, int.MaxValue], (phrase, words, place, casing) => string.Join(' ', words[..Math.Min(place, words.Length)].Append(Write(phrase, casing, false)).Concat(words[Math.Min(place, words.Length)..])))
            .Sample(text => !Keywords.IsStop(text), iter: Samples);

    private static Gen<string> OneOf(string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    // Each letter large or small by a bit of a number; accents as they are or left out.
    private static string Write(string phrase, int casing, bool withoutAccents)
    {
        var text = withoutAccents
            ? string.Concat(phrase.Normalize(NormalizationForm.FormD).Where(c => CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark))
            : phrase;
        return string.Concat(text.Select((c, i) => (casing >> (i % 31) & 1) == 1 ? char.ToUpperInvariant(c) : c));
    }
}
