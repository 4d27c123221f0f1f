"""Why a score can be stuck: one table of causes, meant to be read by people who know the field.

To add an experiment, write its check and put the check's code into `raised_by` and `cleared_by` of
the causes it speaks for. A cause with neither is known but not examined, and the verdict says so.
"""

from __future__ import annotations

from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.rule import BACKGROUND, CERTAIN, LEAD, LIKELY, STRONG, Rule, Sign

DATA = (
    Rule(
        "data.leakage",
        name=Sentence("학습 쪽과 평가 쪽에 섞인 같은 내용", "the same content on both sides of the split"),
        next_step=Sentence(
            "같은 원본에서 나온 문장이 한쪽에만 놓이도록 다시 나누어 평가하고 그 점수를 보고하십시오.",
            "Split again so that sentences from one source stay on one side, and report that score.",
        ),
        raised_by=(
            Sign("TB504", CERTAIN, "rows with the same source on both sides are counted, not inferred"),
            Sign("TB505", CERTAIN, "what a grouped split costs is measured with the same model"),
            Sign("TB215", CERTAIN, "what keeping copies or groups on one side costs is measured with one learner"),
            Sign("TB501", LIKELY, "a random split puts copies on both sides; they may be too few to matter"),
            Sign("TB503", LIKELY, "a random split puts near-copies on both sides; new data may repeat them as well"),
            Sign("TB701", LEAD, "a score above the ceiling needs help from somewhere; the protocol is as likely"),
            Sign("TB702", LEAD, "a score above that of people is suspicious, and no more than that"),
        ),
        cleared_by=("TB215", "TB504", "TB505"),
    ),
    Rule(
        "data.imbalance",
        name=Sentence("한 클래스에 치우친 자료", "one class that dominates"),
        next_step=Sentence(
            "정확도 대신 macro-F1과 클래스별 재현율로 평가하고, 드문 클래스의 문장을 더 모으십시오.",
            "Judge by macro-F1 and recall per class instead of accuracy, and collect more of the rare classes.",
        ),
        raised_by=(
            Sign("TB601", STRONG, "with this share in one class, accuracy rewards ignoring the text"),
            Sign("TB102", LEAD, "no more accurate than the majority answer; few rows and a weak signal do the same"),
        ),
        cleared_by=("TB601",),
        yields_to=("data.size",),
    ),
    Rule(
        "data.size",
        name=Sentence("자료 부족", "too few rows"),
        next_step=Sentence(
            "클래스마다 문장을 더 모은 뒤 다시 측정하십시오. 모델을 바꾸는 일은 그다음입니다.",
            "Collect more sentences for every class and measure again. Changing the model comes after that.",
        ),
        raised_by=(
            Sign("TB603", STRONG, "below this size no learner separates the classes reliably"),
            Sign("TB602", LEAD, "some classes are too small, which leaves the others as they are"),
            Sign("TB603", LEAD, "below 50 rows per class; whether more would help was not measured", ("tip",)),
            Sign("TB603", BACKGROUND, "below 50 rows per class, and the score rises with them", ("tip",), "TB211"),
        ),
        cleared_by=("TB603",),
    ),
    Rule(
        "data.unlearnable",
        name=Sentence("문장에서 라벨을 알아낼 수 없음", "text that does not tell the label"),
        next_step=Sentence(
            "무작위로 고른 문장 50개에, 원래 라벨을 가린 채 라벨을 다시 붙여 보십시오. 원래 라벨과 거의 맞지 않으면 "
            "라벨이 문제이고, 잘 맞으면 문장 수가 부족한 것입니다.",
            "Label 50 randomly chosen sentences again without seeing their labels. If the two hardly agree, the labels "
            "are the problem; if they agree well, there are too few sentences.",
        ),
        raised_by=(
            Sign("TB101", STRONG, "no model beats chance; mostly wrong labels would look the same"),
            Sign("TB221", STRONG, "the score is that of permuted labels; mostly wrong labels would look the same"),
            Sign("TB221", LEAD, "a signal this weak may be that of mostly wrong labels", ("tip",)),
        ),
        cleared_by=("TB101", "TB221"),
        yields_to=("data.size", "data.imbalance", "data.shift", "language.encoding"),
    ),
    Rule(
        "data.labels",
        name=Sentence("서로 어긋나는 라벨", "labels that contradict each other"),
        next_step=Sentence(
            "모델이 확신했는데도 라벨과 다른 문장부터, 두 사람이 따로 라벨을 다시 붙여 보십시오. 두 사람이 서로 "
            "다르면 라벨 기준을 정하고, 두 사람이 같으면 그 라벨로 고치십시오.",
            "Have two people label independently, first the sentences where a confident model contradicts the label. "
            "Where the two differ, settle the rules; where they agree, correct the label.",
        ),
        raised_by=(
            Sign("TB502", STRONG, "identical texts carry different labels: errors, or information the text lacks"),
            Sign("TB551", LIKELY, "confident answers are contradicted; naturally ambiguous texts do the same"),
            Sign("TB521", LIKELY, "nearly identical texts carry different labels; a small difference may decide"),
            Sign("TB561", LEAD, "many answers go against the label; hard data does the same", ("tip",)),
        ),
        cleared_by=("TB502", "TB521", "TB551"),
        yields_to=("data.unlearnable", "data.size", "language.encoding"),
    ),
    Rule(
        "data.shortcut",
        name=Sentence("주제나 문장 틀에 기댄 점수", "a score that rests on topics or templates"),
        next_step=Sentence(
            "주제나 출처를 통째로 평가 쪽에 두고 다시 측정하십시오.",
            "Measure again with whole topics or sources held out.",
        ),
        raised_by=(
            Sign("TB213", STRONG, "a new source costs a fifth of the score, which no honest data loses"),
            Sign("TB532", STRONG, "a dozen tokens answer for a third of unseen rows, nearly always rightly"),
            Sign("TB532", LEAD, "a few tokens tell the rare class; they may be what it means", ("tip",)),
            Sign("TB531", STRONG, "frames healthy data never shows; without a label in them they only make rows alike"),
            Sign("TB611", LIKELY, "the source tells the label; its style need not show in the text"),
            Sign("TB611", LEAD, "another column tells the label; the text may tell it as well", ("tip",)),
        ),
        cleared_by=("TB531", "TB532", "TB611"),
        yields_to=("data.leakage", "language.encoding"),
    ),
    Rule(
        "data.shift",
        name=Sentence("학습 문장과 다른 평가 문장", "test texts unlike the training texts"),
        next_step=Sentence(
            "평가 문장과 같은 곳에서 온 문장을 학습 자료에 더하십시오.",
            "Add training sentences from where the test sentences come from.",
        ),
        raised_by=(
            Sign("TB223", STRONG, "a classifier tells test texts from training texts; whether it harms is counted"),
            Sign("TB541", LEAD, "the test side spells what training never held; it may not matter", ("tip",)),
        ),
        cleared_by=("TB223", "TB541"),
        yields_to=("language.encoding",),
    ),
)

LANGUAGE = (
    Rule(
        "language.encoding",
        name=Sentence("깨진 글자", "damaged characters"),
        next_step=Sentence(
            "원본 파일의 인코딩을 확인하고 다시 내보내십시오.",
            "Check the encoding of the original file and export it again.",
        ),
        raised_by=(
            Sign("TB451", CERTAIN, "no one types these characters; the rows are counted"),
            Sign("TB452", STRONG, "rows without letters are counted; what took the letters is inferred"),
            Sign("TB333", CERTAIN, "no Hangul ever changes its answer, other characters do"),
        ),
        cleared_by=(
            "TB451",
            "TB452",
            "TB333",
        ),
    ),
    Rule(
        "language.tokenization",
        name=Sentence("맞지 않는 토큰 단위", "an unsuitable unit of tokens"),
        next_step=Sentence(
            "이 자료에서 더 나은 토큰 단위로 바꾸십시오.",
            "Change to the unit of tokens that does better on this data.",
        ),
        raised_by=(
            Sign("TB330", STRONG, "words of new texts are not read, and reading characters is better beyond noise"),
        ),
        cleared_by=("TB330",),
    ),
    Rule(
        "language.truncation",
        name=Sentence("길이 제한으로 잘린 문장", "texts cut off by a length limit"),
        next_step=Sentence("길이 제한을 늘리십시오.", "Raise the length limit."),
        raised_by=(
            Sign("TB332", STRONG, "nothing beyond a length ever changes an answer, and many words stand there"),
            Sign("TB331", STRONG, "words it was trained on change nothing, and whole texts hold none that does"),
        ),
        cleared_by=(
            "TB331",
            "TB332",
        ),
    ),
)

MODEL = (
    Rule(
        "model.wiring",
        name=Sentence("잘못 연결된 모델", "a model that is wired wrongly"),
        next_step=Sentence(
            "모델이 32행도 외우지 못하는 이유부터 찾으십시오. 손실 함수의 입력, 라벨 번호, 동결된 가중치를 차례로 "
            "확인하십시오.",
            "First find out why the model cannot fit 32 rows: check what the loss is given, the label codes, and "
            "frozen weights, in this order.",
        ),
        raised_by=(
            Sign("TB202", STRONG, "a sound network fits a handful of rows by heart; too few steps is the alternative"),
            Sign("TB301", LIKELY, "the loss before training is not that of a guess; a weighted loss could be meant"),
            Sign(
                "TB312",
                CERTAIN,
                "one long training row, or repeating every sentence, decides whether anything is learnt",
            ),
            Sign(
                "TB311",
                CERTAIN,
                "the same text is answered otherwise in other company; nothing in the data can do that",
            ),
            Sign("TB314", CERTAIN, "the answers are right under other names: the codes have slipped"),
            Sign("TB316", STRONG, "probabilities pile up at the bound of a softmax of a softmax"),
            Sign("TB313", STRONG, "answers and probabilities contradict each other, and one of them is right"),
            Sign("TB310", STRONG, "32 rows are not learnt by heart although training neither crawls nor diverges"),
            Sign("TB318", LIKELY, "random weights that are never trained are counted; some are meant to be random"),
            Sign("TB317", LIKELY, "it crashes or hangs where others run; too little memory would look the same"),
            Sign("TB315", LIKELY, "the same rows put otherwise teach it less; an unlucky start could do it once"),
            Sign(
                "TB341",
                LEAD,
                "it does not learn where learning is known to work; so do overfitting and wrong step sizes",
            ),
        ),
        cleared_by=(
            "TB202",
            "TB301",
            "TB310",
            "TB311",
            "TB312",
            "TB314",
        ),
    ),
    Rule(
        "model.optimization",
        name=Sentence("제대로 진행되지 않은 학습", "training that does not proceed"),
        next_step=Sentence(
            "학습률을 10분의 1로 낮추고 기울기를 잘라 다시 학습해 보십시오.",
            "Train again with a learning rate of 1/10 and clipped gradients.",
        ),
        raised_by=(
            Sign("TB305", STRONG, "the training loss is not finite, or ends higher than it began"),
            Sign(
                "TB323",
                STRONG,
                "the loss diverges, stands still or falls too slowly; a cut gradient stands still as well",
            ),
        ),
        cleared_by=(
            "TB305",
            "TB323",
        ),
        yields_to=("model.wiring",),
    ),
    Rule(
        "model.collapse",
        name=Sentence("일부 클래스만 답하는 모델", "a model that answers only some classes"),
        next_step=Sentence(
            "클래스 가중치를 두고, 학습이 너무 일찍 멈추지 않았는지 확인하십시오.",
            "Weight the classes, and check that training did not stop too early.",
        ),
        raised_by=(
            Sign("TB302", STRONG, "classes with enough rows are never answered"),
            Sign("TB322", STRONG, "classes with enough rows are never answered, or one answer is given to nearly all"),
        ),
        cleared_by=(
            "TB302",
            "TB322",
        ),
        yields_to=(
            "data.imbalance",
            "data.unlearnable",
            "data.size",
            "model.wiring",
            "model.optimization",
            "language.encoding",
            "language.truncation",
        ),
    ),
    Rule(
        "model.overfit",
        name=Sentence("학습 행만 외운 모델", "a model that memorises its training rows"),
        next_step=Sentence(
            "더 단순한 모델을 쓰거나, 은닉 단위를 줄이고 드롭아웃을 높이십시오.",
            "Use the simpler model, or fewer hidden units and more dropout.",
        ),
        raised_by=(
            Sign("TB303", LIKELY, "validation gets worse while training goes on; too few rows do the same"),
            Sign(
                "TB321",
                LIKELY,
                "it knows its training rows and a simpler model knows new ones better; so few rows do the same",
            ),
        ),
        cleared_by=(
            "TB303",
            "TB321",
        ),
        yields_to=(
            "data.size",
            "data.unlearnable",
            "data.labels",
            "model.wiring",
            "language.tokenization",
            "language.truncation",
            "language.encoding",
            "evaluation.protocol",
        ),
    ),
    Rule(
        "model.underfit",
        name=Sentence("학습 행도 맞히지 못하는 모델", "a model that cannot fit its own training rows"),
        next_step=Sentence(
            "에포크 수와 학습률을 늘리고, 그래도 같으면 모델을 키우십시오.",
            "Raise the number of epochs and the learning rate; if nothing changes, enlarge the model.",
        ),
        raised_by=(
            Sign("TB304", LIKELY, "the training loss hardly left that of a guess; wrong wiring does the same"),
            Sign("TB320", LIKELY, "its own training rows are answered worse than another model answers new ones"),
        ),
        cleared_by=(
            "TB304",
            "TB320",
        ),
        yields_to=(
            "model.wiring",
            "model.optimization",
            "data.unlearnable",
            "language.encoding",
            "language.truncation",
            "model.collapse",
            "language.tokenization",
        ),
    ),
)

EVALUATION = (
    Rule(
        "evaluation.noise",
        name=Sentence("점수의 오차보다 작은 차이", "differences smaller than the noise of the score"),
        next_step=Sentence(
            "점수 차이가 위에 적은 구간보다 작으면 결론을 내리지 말고, 교차검증을 반복하거나 평가 문장을 늘리십시오.",
            "Draw no conclusion from differences smaller than the interval above; repeat the cross-validation or add "
            "test sentences.",
        ),
        raised_by=(
            Sign("TB103", LEAD, "the interval is wide; whether it hides what matters is not known", ("tip",)),
            Sign(
                "TB222", LEAD, "luck parts scores of single splits by this much; it may not be what is asked", ("tip",)
            ),
        ),
        cleared_by=("TB103", "TB222"),
    ),
    Rule(
        "evaluation.protocol",
        name=Sentence("평가 방법의 오류", "a mistake in how the score is measured"),
        next_step=Sentence(
            "평가 행의 라벨이 학습이나 전처리에 쓰이지 않는지 확인하십시오.",
            "Check that labels of test rows reach neither training nor preprocessing.",
        ),
        raised_by=(
            Sign("TB201", STRONG, "a score above chance on shuffled labels has seen the answers"),
            Sign("TB401", LIKELY, "data known to be learnable ends outside its band; a changed file would too"),
            Sign("TB701", LIKELY, "nothing honest scores above the ceiling of the drawn labels"),
            Sign("TB324", STRONG, "its own validation score is out of reach on rows it has not seen"),
        ),
        cleared_by=(
            "TB201",
            "TB401",
            "TB701",
            "TB324",
        ),
    ),
)

RULES = (*LANGUAGE, *DATA, *MODEL, *EVALUATION)
"""Every cause. The order decides between causes of equal confidence: what must be right first comes first. Texts
that were damaged or cut on their way make rows alike, labels contradict and signals vanish, so they go before all."""
