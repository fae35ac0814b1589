using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace FleetChat.Core.Messaging.Answers;

/// <param name="Language">Whose words they are; a driver is understood in all of them, whichever he is written to in.</param>
/// <param name="Phrases">Separated by commas, as people write them: case, accents and punctuation do not count.</param>
public sealed record KeywordRow(string Language, Meaning Meaning, string Phrases);

/// <summary>
/// The words and short phrases that are understood. Only a whole message counts: "stop 3 is closed" is no STOP, "not done yet" no
/// "done"; what is not here goes to a dispatcher, who reads better than any list. No phrase means two things.
/// </summary>
public static class Keywords
{
    private const int LongestText = 60;

    public static readonly IReadOnlyList<KeywordRow> Table =
    [
        // Words that United States rules (47 CFR 64.1200) name as always enough, Meta's own button, ARRET that Canada's carriers
        // ask for, their counterparts, and the sentences that leave no doubt. "fin" is not among them: a driver says it of his work.
        new("en", Meaning.Stop, "stop, stop all, stopall, quit, end, revoke, opt out, optout, cancel, unsubscribe, "
            + "stop messages, stop messaging me, stop texting me, stop writing me, no more messages, no more texts, do not text me, don't text me, "
            + "stop sending me messages, stop contacting me, stop sending messages, stop the messages, end messages, cancel messages, unsubscribe me, opt me out, i opt out, i want to opt out, "
            + "take me off the list, take me off your list, remove me, remove me from the list, remove me from your list, i don't want messages, i don't want any more messages"),
        new("es", Meaning.Stop, "alto, parar, cancelar, baja, salir, detener, "
            + "no más mensajes, no quiero mensajes, no quiero más mensajes, no me escriban, no me escriban más, dejen de escribirme, "
            + "ya no quiero mensajes, ya no quiero más mensajes, ya no me escriban, dejen de mandarme mensajes, dejen de enviarme mensajes, no me manden mensajes, no me manden más mensajes, "
            + "parar mensajes, paren los mensajes, basta de mensajes, cancelar mensajes, darme de baja, quiero darme de baja, denme de baja, dame de baja"),
        new("fr", Meaning.Stop, "arrêt, arrêter, arrêtez, annuler, désabonner, désabonnement, me désabonner, se désabonner, désinscription, "
            + "plus de messages, plus de message, arrêtez les messages, ne m'écrivez plus, ne m'écris plus, "
            + "stopper, stoppez, stop aux messages, arrêter les messages, arrêtez de m'écrire, ne m'envoyez plus de messages, je ne veux plus de messages, je ne veux pas de messages, "
            + "me désinscrire, désinscrire, désinscrivez moi, désabonnez moi, je veux me désabonner, retirez moi de la liste"),

        new("en", Meaning.Start, "start, unstop, subscribe, start messages, start again, opt in, optin, opt me in, subscribe me, resume messages"),
        new("es", Meaning.Start, "iniciar, empezar, comenzar, alta, reanudar, suscribir, suscribirme, darme de alta, quiero mensajes, quiero recibir mensajes"),
        new("fr", Meaning.Start, "commencer, démarrer, reprendre, m'abonner, s'abonner, je veux les messages, je veux recevoir les messages"),

        new("en", Meaning.Help, "help, info, information, help me, i need help, need help, can you help me"),
        new("es", Meaning.Help, "ayuda, ayúdame, ayúdenme, necesito ayuda, quiero ayuda, información, info"),
        new("fr", Meaning.Help, "aide, aidez moi, aide moi, j'ai besoin d'aide, besoin d'aide, information, informations, infos"),

        new("en", Meaning.Yes, "yes, y, yep, yeah, yup, ok, okay, sure, accept, accepted, i accept, i agree, yes i agree, yes i do, agreed"),
        new("es", Meaning.Yes, "sí, si claro, claro, claro que sí, dale, vale, de acuerdo, acepto, aceptado, sí acepto, sí quiero, estoy de acuerdo, está bien"),
        new("fr", Meaning.Yes, "oui, ouais, d'accord, bien sûr, j'accepte, accepté, oui j'accepte, je suis d'accord, oui je veux bien"),
        new("", Meaning.Yes, "👍, 👌"),

        new("en", Meaning.No, "no, n, nope, nah, decline, declined, i decline, i can't, i cannot, no i don't, i do not agree, i don't agree, i refuse"),
        new("es", Meaning.No, "no puedo, rechazo, rechazado, no acepto, no quiero, no estoy de acuerdo"),
        new("fr", Meaning.No, "non, je refuse, refusé, je ne peux pas, je n'accepte pas, je ne veux pas, pas d'accord"),
        new("", Meaning.No, "👎"),

        new("en", Meaning.OnTheWay, "on the way, on my way, i'm on my way, omw, en route, rolling, leaving now, departed"),
        new("es", Meaning.OnTheWay, "en camino, voy en camino, ya voy, voy para allá, saliendo, ya salí"),
        new("fr", Meaning.OnTheWay, "en route, je suis en route, j'arrive, je pars, parti, je suis parti"),

        new("en", Meaning.Arrived, "arrived, i arrived, i've arrived, i have arrived, i'm here, i am here, here, on site, i'm at the stop"),
        new("es", Meaning.Arrived, "llegué, ya llegué, he llegado, llegado, aquí estoy, ya estoy aquí, estoy aquí, ya estoy"),
        new("fr", Meaning.Arrived, "arrivé, arrivée, je suis arrivé, je suis arrivée, bien arrivé, je suis là, sur place, je suis sur place"),

        new("en", Meaning.Loaded, "loaded, i'm loaded, loading done, loaded up"),
        new("es", Meaning.Loaded, "cargado, cargada, ya cargué, ya estoy cargado"),
        new("fr", Meaning.Loaded, "chargé, chargée, je suis chargé, chargement terminé"),

        new("en", Meaning.Delivered, "delivered, unloaded, i'm unloaded, dropped off, empty, i'm empty"),
        new("es", Meaning.Delivered, "entregado, entregada, ya entregué, descargado, descargada, ya descargué"),
        new("fr", Meaning.Delivered, "livré, livrée, c'est livré, déchargé, je suis déchargé, déchargement terminé"),

        new("en", Meaning.Done, "done, done here, i'm done, i am done, all done, finished, i'm finished, completed, complete"),
        new("es", Meaning.Done, "listo, lista, ya estoy listo, ya está listo, terminé, terminé aquí, ya terminé, terminado, hecho, ya quedó, acabé, ya acabé"),
        new("fr", Meaning.Done, "fini, j'ai fini, terminé, terminé ici, j'ai terminé, c'est fait, c'est fini, c'est bon"),
        new("", Meaning.Done, "✅"),

        new("en", Meaning.Late, "late, i'm late, i'll be late, i will be late, running late, i'm running late, delayed, stuck in traffic"),
        new("es", Meaning.Late, "tarde, voy tarde, llegaré tarde, voy a llegar tarde, voy retrasado, retrasado, estoy en tráfico"),
        new("fr", Meaning.Late, "en retard, je suis en retard, je serai en retard, je vais être en retard, retard"),

        new("en", Meaning.Problem, "problem, problems, a problem, i have a problem, there is a problem, there's a problem, issue, accident, breakdown, broke down, flat tire"),
        new("es", Meaning.Problem, "problema, problemas, un problema, tengo un problema, hay un problema, accidente, avería, se descompuso el camión, llanta ponchada"),
        new("fr", Meaning.Problem, "problème, problèmes, un problème, j'ai un problème, il y a un problème, souci, j'ai un souci, accident, panne, je suis en panne"),

        new("en", Meaning.SpeakEnglish, "english, in english"),
        new("es", Meaning.SpeakEnglish, "inglés, en inglés"),
        new("fr", Meaning.SpeakEnglish, "anglais, en anglais"),
        new("en", Meaning.SpeakSpanish, "spanish, in spanish"),
        new("es", Meaning.SpeakSpanish, "español, en español, castellano"),
        new("fr", Meaning.SpeakSpanish, "espagnol, en espagnol"),
        new("en", Meaning.SpeakFrench, "french, in french"),
        new("es", Meaning.SpeakFrench, "francés, en francés"),
        new("fr", Meaning.SpeakFrench, "français, en français"),
    ];

    // Said with any of them, and meaning nothing by themselves.
    private static readonly string[][] Courtesies = Phrases(
        "please, pls, thanks, thank you, thx, hi, hello, hey, sir, boss, por favor, gracias, muchas gracias, hola, jefe, svp, s'il vous plaît, s'il te plaît, merci, bonjour");

    private static readonly FrozenDictionary<string, Meaning> Meanings = Table
        .SelectMany(row => Phrases(row.Phrases), (row, words) => (Phrase: string.Join(' ', words), row.Meaning))
        .Distinct()
        .ToFrozenDictionary(known => known.Phrase, known => known.Meaning);

    /// <param name="text">The whole message, as it was typed or as the tapped button is called.</param>
    /// <returns>Null for everything that is more than a known word or phrase.</returns>
    public static Meaning? Find(string? text)
    {
        if (text is null or { Length: > LongestText }) return null;
        var words = WithoutCourtesies(Words(text));
        // "Stop stop stop!!!" is a STOP. Of no other word is it known what it means when it is said twice.
        if (!Meanings.TryGetValue(string.Join(' ', words), out var meaning)) return IsRepeated(words) && IsStop(words[0]) ? Meaning.Stop : null;
        return IsQuestion(text) && !HoldsAsQuestion(meaning) ? null : meaning;
    }

    public static bool IsStop(string? text) => Find(text) == Meaning.Stop;

    private static bool IsRepeated(ReadOnlySpan<string> words) => words.Length > 1 && !words[1..].ContainsAnyExcept(words[0]);

    // "Done?" asks dispatch for something, and changes nothing. "Stop?" and "help?" are meant all the same.
    private static bool HoldsAsQuestion(Meaning meaning)
        => meaning is Meaning.Stop or Meaning.Start or Meaning.Help or Meaning.SpeakEnglish or Meaning.SpeakSpanish or Meaning.SpeakFrench;

    private static bool IsQuestion(string text) => text.AsSpan().IndexOfAny('?', '¿', '？') >= 0;

    private static ReadOnlySpan<string> WithoutCourtesies(string[] words)
    {
        var rest = words.AsSpan();
        while (rest.Length > 0)
        {
            var before = rest.Length;
            foreach (var courtesy in Courtesies)
            {
                if (rest.StartsWith(courtesy)) rest = rest[courtesy.Length..];
                if (rest.EndsWith(courtesy)) rest = rest[..^courtesy.Length];
            }
            if (rest.Length == before) break;
        }
        return rest;
    }

    private static string[][] Phrases(string list) => [.. list.Split(',').Select(Words)];

    // Digits stay: "stop 3" is a place. Signs count only where there is nothing else: "stop 👍" is a STOP.
    private static string[] Words(string text)
    {
        var (words, signs) = (new StringBuilder(), new StringBuilder());
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune)) words.Append(rune);
            else if (Rune.IsWhiteSpace(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.DashPunctuation) words.Append(' ');
            else if (Rune.GetUnicodeCategory(rune) == UnicodeCategory.OtherSymbol) signs.Append(rune);
        }
        var folded = Fold(words.ToString()).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return folded.Length == 0 && signs.Length > 0 ? [signs.ToString()] : folded;
    }

    // Only letters and digits reach the normalization: on some systems it throws at code points that are no characters.
    private static string Fold(string text)
        => string.Concat(text.Normalize(NormalizationForm.FormKD).Where(c => char.IsLetterOrDigit(c) || c == ' ').Select(char.ToLowerInvariant));
}
